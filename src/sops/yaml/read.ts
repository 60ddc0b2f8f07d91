/** YAML text -> tree, as sops takes it in (stores/yaml/store.go: nodeToTreeValue, appendYamlNodeToTreeBranch). */
import { decodeBase64 } from '../base64.ts';
import { failure } from '../failure.ts';
import type { Branch, Comment, Entry, Source, Value } from '../tree.ts';
import { branch, entry, list } from '../tree.ts';
import type { AliasNode, MappingNode, ScalarNode, SequenceNode, YamlDocument, YamlNode } from './parser.ts';
import { parseYaml } from './parser.ts';
import { resolvePlain, resolveTagged } from './resolve.ts';

/** Aliases may make a document grow to so many values, and no further (the "billion laughs"). */
const MAX_EXPANDED = 1_000_000;

/**
 * The documents of a YAML text, aliases expanded.
 *
 * @throws {SlipwayError} `sops/yaml-syntax`, `sops/too-deep`, `sops/duplicate-key`, `sops/alias-bomb`,
 * `sops/non-string-key`, `sops/unsupported-value`, `sops/top-level`.
 */
export function readYaml(source: string): readonly Branch[] {
  const documents = parseYaml(source);
  // sops looks for duplicate keys in the first document alone (stores/yaml/store.go: LoadPlainFile).
  if (documents[0] !== undefined) refuseDuplicates(documents[0].root);
  const reader = new Reader();
  return documents.map((document) => reader.readDocument(document));
}

class Reader {
  private budget = MAX_EXPANDED;
  /** Anchored values that are being read through an alias. Values outside of any are bounded by the text's size. */
  private readonly expanding = new Set<YamlNode>();

  readDocument({ head, root, foot }: YamlDocument): Branch {
    const entries: (Entry | Comment)[] = [];
    addComments(head, false, entries);
    const isEmpty = root.kind === 'scalar' && this.readScalar(root).kind === 'null';
    if (isEmpty) {
      addComments(root.head, false, entries);
      addComments(root.line, false, entries);
    } else {
      const target = root.kind === 'alias' ? root.target : root;
      if (target.kind !== 'mapping') {
        throw failure('top-level', 'The top level of the document is not a map.', {
          at: { line: root.start.line + 1, column: root.start.column + 1 },
          remedy: 'SOPS encrypts maps only: put the list or value under a key.',
        });
      }
      entries.push(...this.readMapping(target, false).entries);
    }
    addComments(foot, false, entries);
    return branch(entries, sourceOf(root));
  }

  private readValue(node: YamlNode, commentsAreDone: boolean): Value {
    if (this.expanding.size > 0 && --this.budget < 0) {
      throw failure('alias-bomb', `The aliases of the file expand to more than ${MAX_EXPANDED} values.`, {
        at: { line: node.start.line + 1, column: node.start.column + 1 },
      });
    }
    switch (node.kind) {
      case 'scalar':
        return this.readScalar(node);
      case 'mapping':
        return this.readMapping(node, commentsAreDone);
      case 'sequence':
        return this.readSequence(node, commentsAreDone);
      case 'alias':
        return this.readAlias(node);
    }
  }

  private readAlias(node: AliasNode): Value {
    const { target } = node;
    if (this.expanding.has(target)) {
      throw failure('alias-bomb', 'An anchor of the file contains an alias to itself.', {
        at: { line: node.start.line + 1, column: node.start.column + 1 },
      });
    }
    this.expanding.add(target);
    try {
      return this.readValue(target, false);
    } finally {
      this.expanding.delete(target);
    }
  }

  private readScalar(node: ScalarNode): Value {
    const source = sourceOf(node);
    const tag = node.tag === '!' ? '' : node.tag;
    if (tag === '' && node.style !== 'plain')
      return { kind: 'scalar', type: 'str', bytes: Buffer.from(node.value), source };
    if (tag === '!!binary') {
      const bytes = decodeBase64(node.value);
      return bytes === undefined ? { kind: 'null', source } : { kind: 'scalar', type: 'str', bytes, source };
    }
    const resolved = tag === '' ? resolvePlain(node.value) : (resolveTagged(tag, node.value) ?? { type: 'null' });
    if (resolved === undefined) return { kind: 'scalar', type: 'str', bytes: Buffer.from(node.value), source };
    if (resolved.type === 'null') return { kind: 'null', source };
    if (resolved.type === 'uint') {
      throw failure('unsupported-value', 'An integer is larger than SOPS can hold (64 bits with a sign).', {
        at: source,
        remedy: 'Put the number in quotes.',
      });
    }
    return { kind: 'scalar', type: resolved.type, bytes: Buffer.from(resolved.bytes), source };
  }

  private readSequence(node: SequenceNode, commentsAreDone: boolean): Value {
    const items: (Value | Comment)[] = [];
    if (!commentsAreDone) {
      addComments(node.head, false, items);
      addComments(node.line, false, items);
    }
    for (const item of node.items) {
      addComments(item.head, false, items);
      addComments(item.line, true, items);
      items.push(this.readValue(item, true));
      addComments(item.foot, false, items);
    }
    if (!commentsAreDone) addComments(node.foot, false, items);
    return list(items, sourceOf(node));
  }

  private readMapping(node: MappingNode, commentsAreDone: boolean): Branch {
    const entries: (Entry | Comment)[] = [];
    if (!commentsAreDone) {
      addComments(node.head, false, entries);
      addComments(node.line, false, entries);
    }
    for (const { key, value } of node.pairs) {
      addComments(key.head, false, entries);
      addComments(key.line, false, entries);
      const isSimple = value.kind === 'scalar' || value.kind === 'alias';
      if (isSimple) {
        addComments(value.head, false, entries);
        addComments(value.line, true, entries);
      }
      entries.push(entry(this.readKey(key), this.readValue(value, isSimple), sourceOf(key)));
      if (isSimple) addComments(value.foot, false, entries);
      addComments(key.foot, false, entries);
    }
    if (!commentsAreDone) addComments(node.foot, false, entries);
    return branch(entries, sourceOf(node));
  }

  private readKey(node: YamlNode): string {
    const value = this.readValue(node, true);
    if (value.kind === 'scalar' && value.type === 'str') return value.bytes.toString();
    throw failure('non-string-key', 'A key is not text: SOPS takes text as a key only.', {
      at: { line: node.start.line + 1, column: node.start.column + 1 },
      remedy: 'Put the key in quotes.',
    });
  }
}

function sourceOf(node: YamlNode): Source {
  return {
    start: node.start.index,
    end: node.end.index,
    line: node.start.line + 1,
    column: node.start.column + 1,
  };
}

function addComments(comments: string, inline: boolean, to: { push: (comment: Comment) => unknown }): void {
  if (comments === '') return;
  for (const line of comments.split('\n')) {
    if (line !== '') to.push({ kind: 'comment', bytes: Buffer.from(line.slice(1)), inline });
  }
}

/** go-yaml compares keys by their text (decode.go: decoder.mapping). */
function refuseDuplicates(node: YamlNode): void {
  if (node.kind === 'sequence') node.items.forEach(refuseDuplicates);
  if (node.kind !== 'mapping') return;
  const seen = new Set<string>();
  for (const { key, value } of node.pairs) {
    if (key.kind === 'scalar') {
      if (seen.has(key.value)) {
        throw failure('duplicate-key', `The key ${JSON.stringify(key.value)} stands twice in one map.`, {
          at: { line: key.start.line + 1, column: key.start.column + 1 },
          remedy: 'Remove one of the two.',
        });
      }
      seen.add(key.value);
    }
    if (isMergeKey(key)) refuseBadMerge(value);
    refuseDuplicates(key);
    refuseDuplicates(value);
  }
}

const isMergeKey = (key: YamlNode) =>
  key.kind === 'scalar' &&
  key.value === '<<' &&
  (key.tag === '!!merge' || (key.style === 'plain' && /^!?$/.test(key.tag)));

/** What `<<` merges must be a map or a list of maps (decode.go: decoder.merge). sops keeps it as a key all the same. */
function refuseBadMerge(value: YamlNode): void {
  const isMap = (node: YamlNode) => (node.kind === 'alias' ? node.target : node).kind === 'mapping';
  if (isMap(value) || (value.kind === 'sequence' && value.items.every(isMap))) return;
  throw failure('merge-key', 'The key << merges maps into a map; what it has here is no map.', {
    at: { line: value.start.line + 1, column: value.start.column + 1 },
    remedy: 'Put the key in quotes if it is meant as a name, or call it otherwise.',
  });
}
