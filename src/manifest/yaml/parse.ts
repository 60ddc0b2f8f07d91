import type { YamlDialect } from './dialect.ts';
import { Scanner } from './scan.ts';
import type { ScalarStyle, Token } from './tokens.ts';
import { type Budget, YamlError } from './yaml-error.ts';

/** A document as a tree of nodes, each with the offset at which it starts; aliases point at the node of their anchor. */
export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly start: number;
  /** `!!str`, `!custom`, `!`, or '' where none is given. */
  readonly tag: string;
  readonly text: string;
  /** Only plain text is looked at for what it may be besides a string. */
  readonly style: ScalarStyle;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly start: number;
  readonly items: YamlNode[];
  /** True for one in []. */
  readonly flow: boolean;
}

export interface MappingNode {
  readonly kind: 'mapping';
  readonly start: number;
  readonly entries: MappingEntry[];
  /** True for one in {}. */
  readonly flow: boolean;
}

export interface MappingEntry {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export interface AliasNode {
  readonly kind: 'alias';
  readonly start: number;
  readonly target: YamlNode;
}

export interface ParsedDocument {
  readonly root: YamlNode;
  /** Where text begins that does not belong to the document. */
  readonly end: number;
}

/**
 * The first document of a text, or undefined where there is none (parserc.go, and parser.parse of decode.go).
 * What follows the first value, be it a document or a mistake, is left alone, as a Go decoder does.
 */
export function parseDocument(text: string, dialect: YamlDialect, budget: Budget): ParsedDocument | undefined {
  return new Parser(new Scanner(text, dialect), budget).document();
}

const YAML_TAG = 'tag:yaml.org,2002:';

class Parser {
  readonly #scanner: Scanner;
  readonly #budget: Budget;
  #index = 0;
  #current: Token | undefined;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #tagHandles = new Map([
    ['!', '!'],
    ['!!', YAML_TAG],
  ]);

  constructor(scanner: Scanner, budget: Budget) {
    this.#scanner = scanner;
    this.#budget = budget;
  }

  document(): ParsedDocument | undefined {
    if (this.#isAt('end')) return undefined;
    const root = this.#isAt('directive', 'document start') ? this.#explicitRoot() : this.#node(true, false);
    const { start } = this.#token;
    return { root, end: this.#isAt('document end') ? start + '...'.length : start };
  }

  #explicitRoot(): YamlNode {
    this.#directives();
    if (!this.#take('document start'))
      this.#fail(this.#token.start, "After the directives there must be a line '---'.");
    return this.#isAt('document start', 'document end', 'directive', 'end') ? this.#empty() : this.#node(true, false);
  }

  get #token(): Token {
    return (this.#current ??= this.#scanner.tokenAt(this.#index));
  }

  #next(): void {
    this.#index++;
    this.#current = undefined;
  }

  #take(type: Token['type']): boolean {
    if (!this.#isAt(type)) return false;
    this.#next();
    return true;
  }

  #fail(start: number, message: string): never {
    throw new YamlError('yaml-syntax', start, message);
  }

  #directives(): void {
    const seen = new Set<string>();
    for (let token = this.#token; token.type === 'directive'; token = this.#token) {
      this.#next();
      const { directive, start } = token;
      const name = 'version' in directive ? '%YAML' : directive.handle;
      if (seen.has(name)) this.#fail(start, 'This directive is given twice.');
      seen.add(name);
      if (!('version' in directive)) this.#tagHandles.set(directive.handle, directive.prefix);
      else if (directive.version !== '1.1') this.#fail(start, "Go's YAML reader takes no %YAML but 1.1.");
    }
  }

  /** `indentless`: a list may stand at the column of its key. */
  #node(block: boolean, indentless: boolean): YamlNode {
    const first = this.#token;
    this.#budget.take(first.start);
    if (first.type === 'alias') {
      this.#next();
      const target = this.#anchors.get(first.name);
      if (target !== undefined) return { kind: 'alias', start: first.start, target };
      throw new YamlError('yaml-alias', first.start, `There is no anchor &${first.name} before this alias.`);
    }
    const { anchor, tag } = this.#properties();
    const token = this.#token;
    const { start } = token;
    const named = <T extends YamlNode>(node: T): T => {
      if (anchor !== undefined) this.#anchors.set(anchor, node);
      return node;
    };
    if (indentless && token.type === 'block entry')
      return this.#indentlessSequence(named({ kind: 'sequence', start, items: [], flow: false }));
    switch (token.type) {
      case 'scalar':
        this.#next();
        return named({ kind: 'scalar', start, tag: tag ?? '', text: token.text, style: token.style });
      case 'flow sequence':
        return this.#flowSequence(named({ kind: 'sequence', start, items: [], flow: true }));
      case 'flow mapping':
        return this.#flowMapping(named({ kind: 'mapping', start, entries: [], flow: true }));
      case 'block sequence':
        if (block) return this.#blockSequence(named({ kind: 'sequence', start, items: [], flow: false }));
        break;
      case 'block mapping':
        if (block) return this.#blockMapping(named({ kind: 'mapping', start, entries: [], flow: false }));
        break;
      default:
        if (anchor !== undefined || tag !== undefined) {
          return named({ kind: 'scalar', start: first.start, tag: tag ?? '', text: '', style: 'plain' });
        }
    }
    return this.#fail(start, 'A value is expected here.');
  }

  /** An anchor and a tag, in either order. */
  #properties(): { anchor?: string; tag?: string } {
    const properties: { anchor?: string; tag?: string } = {};
    for (let token = this.#token; token.type === 'anchor' || token.type === 'tag'; token = this.#token) {
      if (token.type === 'anchor') {
        if (properties.anchor !== undefined) break;
        properties.anchor = token.name;
      } else {
        if (properties.tag !== undefined) break;
        properties.tag = this.#tag(token.handle, token.suffix, token.start);
      }
      this.#next();
    }
    return properties;
  }

  #tag(handle: string, suffix: string, start: number): string {
    const prefix = handle === '' ? '' : this.#tagHandles.get(handle);
    if (prefix === undefined) this.#fail(start, 'The handle of this tag is declared by no %TAG directive.');
    const tag = prefix + suffix;
    return tag.startsWith(YAML_TAG) ? `!!${tag.slice(YAML_TAG.length)}` : tag;
  }

  #blockSequence(node: SequenceNode): YamlNode {
    this.#next();
    while (this.#take('block entry')) {
      node.items.push(this.#isAt('block entry', 'block end') ? this.#empty() : this.#node(true, false));
    }
    if (!this.#take('block end'))
      this.#fail(this.#token.start, "An item of the list, '- ', is expected at this indentation.");
    return node;
  }

  #indentlessSequence(node: SequenceNode): YamlNode {
    while (this.#take('block entry')) {
      node.items.push(this.#isAt('block entry', 'key', 'value', 'block end') ? this.#empty() : this.#node(true, false));
    }
    return node;
  }

  #blockMapping(node: MappingNode): YamlNode {
    this.#next();
    while (this.#take('key')) {
      const key = this.#isAt('key', 'value', 'block end') ? this.#empty() : this.#node(true, true);
      const value =
        !this.#take('value') || this.#isAt('key', 'value', 'block end') ? this.#empty() : this.#node(true, true);
      node.entries.push({ key, value });
    }
    if (!this.#take('block end')) this.#fail(this.#token.start, "A key, 'name: ', is expected at this indentation.");
    return node;
  }

  #flowSequence(node: SequenceNode): YamlNode {
    this.#next();
    for (let first = true; !this.#take('flow sequence end'); first = false) {
      if (!first && !this.#take('flow entry')) this.#fail(this.#token.start, "',' or ']' is expected here.");
      if (this.#isAt('flow sequence end')) continue;
      node.items.push(this.#isAt('key') ? this.#pairInSequence() : this.#node(false, false));
    }
    return node;
  }

  /** `[a: b]` is a list of one map of one member. */
  #pairInSequence(): MappingNode {
    const { start } = this.#token;
    this.#next();
    const key = this.#isAt('value', 'flow entry', 'flow sequence end') ? this.#empty() : this.#node(false, false);
    const value =
      !this.#take('value') || this.#isAt('flow entry', 'flow sequence end') ? this.#empty() : this.#node(false, false);
    return { kind: 'mapping', start, entries: [{ key, value }], flow: true };
  }

  #flowMapping(node: MappingNode): YamlNode {
    this.#next();
    for (let first = true; !this.#take('flow mapping end'); first = false) {
      if (!first && !this.#take('flow entry')) this.#fail(this.#token.start, "',' or '}' is expected here.");
      if (this.#isAt('flow mapping end')) continue;
      if (!this.#take('key')) {
        node.entries.push({ key: this.#node(false, false), value: this.#empty() });
        continue;
      }
      const key = this.#isAt('value', 'flow entry', 'flow mapping end') ? this.#empty() : this.#node(false, false);
      const value =
        !this.#take('value') || this.#isAt('flow entry', 'flow mapping end') ? this.#empty() : this.#node(false, false);
      node.entries.push({ key, value });
    }
    return node;
  }

  #isAt(...types: readonly Token['type'][]): boolean {
    return types.includes(this.#token.type);
  }

  #empty(): ScalarNode {
    return emptyScalar(this.#token.start);
  }
}

function emptyScalar(start: number): ScalarNode {
  return { kind: 'scalar', start, tag: '', text: '', style: 'plain' };
}
