import { type Json, MAX_DEPTH } from '../json.ts';
import type { YamlDialect } from './dialect.ts';
import type { MappingNode, ScalarNode, YamlNode } from './parse.ts';
import { rewriteFolded } from './rewrite-folded.ts';
import { resolveScalar } from './resolve.ts';
import { Budget, YamlError } from './yaml-error.ts';

/**
 * The value of a node, each alias a copy of its own.
 *
 * In the dialect `kyaml` it is the value that kustomize gives out: it writes each object as YAML and reads that back
 * (kyaml: RNode.MarshalJSON), in which an empty value inside [] or {} becomes '', and folded text may gain line breaks.
 */
export function toJson(node: YamlNode, dialect: YamlDialect, budget: Budget): Json {
  return new Conversion(dialect, node, budget).value(node, false);
}

/** A member of a map after merging. */
interface Member {
  readonly name: string;
  readonly key: YamlNode;
  readonly value: YamlNode;
}

/** The node at a path of names and positions, after merging, or undefined. */
export function nodeAt(root: YamlNode, path: readonly string[], dialect: YamlDialect): YamlNode | undefined {
  const conversion = new Conversion(dialect, root, new Budget());
  let node: YamlNode | undefined = root;
  for (const step of path) {
    const parent: YamlNode | undefined = node === undefined ? undefined : behindAlias(node);
    if (parent?.kind === 'mapping') node = conversion.members(parent).get(step)?.value;
    else if (parent?.kind === 'sequence') node = /^\d+$/.test(step) ? parent.items[Number(step)] : undefined;
    else return undefined;
  }
  return node;
}

/** What a key is that is no text. */
const KEY_TYPES = {
  '!!null': 'null',
  '!!bool': 'true or false',
  '!!int': 'an integer',
  '!!float': 'a float',
  '!!timestamp': 'a date',
  '!!binary': 'binary',
  '!!str': 'of a type of its own',
} as const;

class Conversion {
  readonly #dialect: YamlDialect;
  readonly #root: YamlNode;
  readonly #budget: Budget;
  /** Targets of the aliases that are being followed. */
  readonly #following: YamlNode[] = [];
  #depth = 0;

  constructor(dialect: YamlDialect, root: YamlNode, budget: Budget) {
    this.#dialect = dialect;
    this.#root = root;
    this.#budget = budget;
  }

  /** `inFlow`: inside [] or {}, where kustomize writes everything below in flow style. */
  value(node: YamlNode, inFlow: boolean): Json {
    this.#budget.take(node.start);
    if (node.kind === 'scalar') return this.#scalar(node, inFlow);
    // Aliases nest deeper than the text does.
    if (++this.#depth > MAX_DEPTH) {
      throw new YamlError('yaml-limit', node.start, `There are more than ${MAX_DEPTH} levels of nesting.`);
    }
    const value = this.#collection(node, inFlow);
    this.#depth--;
    return value;
  }

  #collection(node: Exclude<YamlNode, ScalarNode>, inFlow: boolean): Json {
    if (node.kind === 'mapping') return this.#mapping(node, inFlow || node.flow);
    if (node.kind === 'sequence') return node.items.map((item) => this.value(item, inFlow || node.flow));
    this.#enter(node.start, node.target);
    const value = this.value(node.target, inFlow);
    this.#following.pop();
    return value;
  }

  #enter(start: number, target: YamlNode): void {
    if (this.#following.includes(target)) {
      throw new YamlError('yaml-alias', start, 'This alias stands inside the value of its own anchor.');
    }
    if (this.#following.length === MAX_DEPTH) {
      throw new YamlError('yaml-limit', start, `There are more than ${MAX_DEPTH} aliases that lead to one another.`);
    }
    this.#following.push(target);
  }

  #scalar(node: ScalarNode, inFlow: boolean): Json {
    const { value } = resolveScalar(node, this.#dialect);
    if (this.#dialect === 'kyaml') {
      if (node.text === '' && value === null && inFlow) return '';
      if (node.style === 'folded' && value === node.text && !inFlow) return rewriteFolded(node.text);
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new YamlError(
        'yaml-value',
        node.start,
        'JSON, and so Kubernetes, has no such number: put it into quotes if it is text.',
      );
    }
    return value;
  }

  #mapping(node: MappingNode, inFlow: boolean): Json {
    const object: Record<string, Json> = {};
    for (const { name, value } of this.members(node).values()) {
      // A plain assignment would set the prototype.
      if (name === '__proto__') {
        Object.defineProperty(object, name, {
          value: this.value(value, inFlow),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      } else object[name] = this.value(value, inFlow);
    }
    return object;
  }

  /** The members of a map by name: its own in their order, then those that are merged into it. */
  members(node: MappingNode): Map<string, Member> {
    return this.#dialect === 'kyaml' ? this.#kyamlMembers(node) : this.#sigsMembers(node);
  }

  /**
   * kustomize takes merge keys out and adds what they bring where the map has no such key of its own
   * (kyaml: RNode.DeAnchor); keys are equal if their text is (go-yaml v3: decoder.mapping).
   */
  #kyamlMembers(node: MappingNode): Map<string, Member> {
    const members = new Map<string, Member>();
    let merge: YamlNode | undefined;
    for (const { key, value } of node.entries) {
      if (isMerge(key)) {
        if (merge !== undefined) throw new YamlError('yaml-key', key.start, 'A map can have one merge key only.');
        merge = value;
        continue;
      }
      const name = this.#textKey(key, node);
      if (members.has(name)) this.#duplicate(key, name);
      members.set(name, { name, key, value });
    }
    if (merge === undefined) return members;
    for (const source of mergedMaps(merge)) {
      for (const member of this.#merged(source)) {
        this.#budget.take(source.start);
        if (!members.has(member.name)) members.set(member.name, member);
      }
    }
    return members;
  }

  #merged({ start, map }: MergedMap): Iterable<Member> {
    this.#enter(start, map);
    const members = this.members(map);
    this.#following.pop();
    return members.values();
  }

  #textKey(key: YamlNode, parent: MappingNode): string {
    const node = behindAlias(key);
    if (node.kind !== 'scalar') throw new YamlError('yaml-key', key.start, 'A key must be text, not a list or a map.');
    // kyaml: removeMergeTags clears whatever is called `<<`.
    if (node.text === '<<') {
      throw new YamlError('yaml-key', key.start, "A key '<<' in quotes is no merge key, and kustomize loses it.");
    }
    const { tag } = resolveScalar(node, 'kyaml');
    // Decoded into map[string]interface{}, the keys of the document itself may look like numbers; others may not.
    const known = node.tag === '' || node.tag === '!' || node.tag === tag;
    if ((tag === '!!str' && known) || (parent === this.#root && tag !== '!!null')) {
      return node.style === 'folded' ? rewriteFolded(node.text) : node.text;
    }
    const what = KEY_TYPES[known ? tag : '!!str'];
    throw new YamlError(
      'yaml-key',
      key.start,
      `A key must be text, and this is ${what} to kustomize: put it into quotes.`,
    );
  }

  #duplicate(key: YamlNode, name: string): never {
    const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
    throw new YamlError('yaml-key', key.start, `The key ${shown} is there twice in this map.`);
  }

  /**
   * Later keys win over earlier ones, merged or not (go-yaml v2: decoder.mapping); keys of any type become text
   * (sigs.k8s.io/yaml: convertToJSONableObject).
   */
  #sigsMembers(node: MappingNode): Map<string, Member> {
    const members = new Map<string, Member>();
    for (const { key, value } of node.entries) {
      if (isMerge(key)) {
        for (const source of mergedMaps(value).reverse()) {
          for (const member of this.#merged(source)) {
            this.#budget.take(source.start);
            members.set(member.name, member);
          }
        }
      } else {
        const name = this.#anyKey(key);
        members.set(name, { name, key, value });
      }
    }
    return members;
  }

  #anyKey(key: YamlNode): string {
    const node = behindAlias(key);
    if (node.kind !== 'scalar') throw new YamlError('yaml-key', key.start, 'A key must be text, not a list or a map.');
    const { tag, value } = resolveScalar(node, 'sigs');
    if (tag === '!!float') return goFloat32(value);
    if (value === null || (typeof value === 'bigint' && value > MAX_INT64)) {
      throw new YamlError('yaml-key', key.start, 'A key must be text, a number, true or false.');
    }
    return String(value);
  }
}

const MAX_INT64 = 2n ** 63n - 1n;

interface MergedMap {
  readonly start: number;
  readonly map: MappingNode;
}

/** The maps behind a merge key, the first of which wins. */
function mergedMaps(node: YamlNode): MergedMap[] {
  const items = node.kind === 'sequence' ? node.items : [node];
  return items.map((item) => {
    const map = behindAlias(item);
    if (map.kind === 'mapping') return { start: item.start, map };
    throw new YamlError('yaml-alias', item.start, 'Only a map, or a list of maps, can be merged into a map.');
  });
}

function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar') return false;
  return key.tag === '!!merge' || (key.text === '<<' && key.style === 'plain' && (key.tag === '' || key.tag === '!'));
}

function behindAlias(node: YamlNode): YamlNode {
  return node.kind === 'alias' ? behindAlias(node.target) : node;
}

/** strconv.FormatFloat(value, 'g', -1, 32), which sigs.k8s.io/yaml makes of a float as a key. */
function goFloat32(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? '.inf' : '-.inf';
  for (let precision = 1; precision <= 9; precision++) {
    const [mantissa = '', exponent = '0'] = single.toExponential(precision - 1).split('e');
    if (Math.fround(Number(`${mantissa}e${exponent}`)) !== single) continue;
    const power = Number(exponent);
    if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`));
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  return String(single);
}
