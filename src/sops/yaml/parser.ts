/**
 * Tokens -> documents of nodes, each with its head, line and foot comments, as go-yaml v3 builds them
 * (parserc.go and decode.go: parser.mapping, which hand a comment from key to value to the key before).
 */
import { MAX_DEPTH, Scanner } from './scanner.ts';
import type { Mark, ScalarStyle, Token, TokenType } from './scanner.ts';

interface NodeBase {
  readonly start: Mark;
  /** Behind the last character; of a block of text, the beginning of the line after it. */
  end: Mark;
  /** Short form (`!!str`), or '' where none was written. */
  readonly tag: string;
  /** Comments keep their `#`; lines are separated by line feeds. */
  head: string;
  line: string;
  foot: string;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  readonly style: ScalarStyle;
  readonly value: string;
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  readonly flow: boolean;
  readonly pairs: { readonly key: YamlNode; readonly value: YamlNode }[];
}

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  readonly flow: boolean;
  readonly items: YamlNode[];
}

export interface AliasNode extends NodeBase {
  readonly kind: 'alias';
  readonly target: YamlNode;
}

export type YamlNode = ScalarNode | MappingNode | SequenceNode | AliasNode;

export interface YamlDocument {
  readonly head: string;
  readonly foot: string;
  readonly root: YamlNode;
}

/**
 * The documents of a stream; none where it holds nothing but comments.
 *
 * @throws {SlipwayError} `sops/yaml-syntax`, `sops/too-deep`.
 */
export function parseYaml(source: string): readonly YamlDocument[] {
  return new Parser(source).parseStream();
}

const DEFAULT_TAGS = new Map([
  ['!', '!'],
  ['!!', 'tag:yaml.org,2002:'],
]);

class Parser {
  private readonly scanner: Scanner;
  private head = '';
  private line = '';
  private foot = '';
  private stem: string | undefined;
  private depth = 0;
  private anchors = new Map<string, YamlNode>();
  private tagHandles = new Map(DEFAULT_TAGS);

  constructor(source: string) {
    this.scanner = new Scanner(source);
  }

  parseStream(): YamlDocument[] {
    const documents: YamlDocument[] = [];
    this.peek();
    this.scanner.next();
    for (let first = true; ; first = false) {
      const document = this.parseDocument(first);
      if (document === undefined) return documents;
      documents.push(document);
    }
  }

  /** The next token; the comments up to it are taken up on the way (parserc.go: yaml_parser_unfold_comments). */
  private peek(): Token {
    const scanner = this.scanner;
    const token = scanner.peek();
    for (;;) {
      const comment = scanner.comments[scanner.commentsHead];
      if (comment === undefined || token.start.index < comment.tokenMark.index) return token;
      if (comment.head !== '') {
        // An end has no head: it is for what follows.
        if (token.type === 'block-end') return token;
        this.head += (this.head === '' ? '' : '\n') + comment.head;
      }
      if (comment.foot !== '') this.foot += (this.foot === '' ? '' : '\n') + comment.foot;
      if (comment.line !== '') this.line += (this.line === '' ? '' : '\n') + comment.line;
      scanner.commentsHead++;
    }
  }

  private skip(): void {
    this.scanner.next();
  }

  private is(...types: readonly TokenType[]): boolean {
    return types.includes(this.peek().type);
  }

  private takeComments(): Comments {
    const { head, line, foot } = this;
    this.stem = undefined;
    if (head === '' && line === '' && foot === '') return NO_COMMENTS;
    this.head = this.line = this.foot = '';
    return { head, line, foot };
  }

  private parseDocument(first: boolean): YamlDocument | undefined {
    let token = this.peek();
    while (!first && token.type === 'document-end') {
      this.skip();
      token = this.peek();
    }
    if (token.type === 'stream-end') return undefined;
    let head = '';
    let root: YamlNode;
    const explicit = ['version-directive', 'tag-directive', 'document-start'].includes(token.type);
    if (first && !explicit) {
      head = this.splitDocumentHead();
      root = this.parseNode(true, false);
    } else {
      this.tagHandles = new Map(DEFAULT_TAGS);
      while (this.is('version-directive', 'tag-directive')) {
        const directive = this.peek();
        if (directive.type === 'tag-directive') this.tagHandles.set(directive.value, directive.suffix);
        this.skip();
      }
      if (!this.is('document-start')) {
        throw this.scanner.fail('a document does not begin with ---', this.peek().start);
      }
      this.skip();
      root = this.is('version-directive', 'tag-directive', 'document-start', 'document-end', 'stream-end')
        ? this.emptyScalar(this.peek().start)
        : this.parseNode(true, false);
    }
    if (this.is('document-end')) this.skip();
    this.tagHandles = new Map(DEFAULT_TAGS);
    const end = this.takeComments();
    this.scanner.forgetParsed();
    return { head, root, foot: end.foot === '' ? end.head : end.foot };
  }

  /** The part of the first comment above its last empty line is the document's, not its first key's. */
  private splitDocumentHead(): string {
    const text = this.head;
    for (let i = text.length - 1; i > 0; i--) {
      if (text[i] !== '\n') continue;
      if (i === text.length - 1) {
        this.head = '';
        return text.slice(0, i);
      }
      if (text[i - 1] === '\n') {
        this.head = text.slice(i + 1);
        return text.slice(0, i - 1);
      }
    }
    return '';
  }

  private emptyScalar(mark: Mark): ScalarNode {
    return { kind: 'scalar', start: mark, end: mark, tag: '', style: 'plain', value: '', head: '', line: '', foot: '' };
  }

  private parseNode(block: boolean, indentless: boolean): YamlNode {
    if (++this.depth > MAX_DEPTH) throw this.scanner.tooDeep();
    try {
      return this.parseNodeContent(block, indentless);
    } finally {
      this.depth--;
    }
  }

  private parseNodeContent(block: boolean, indentless: boolean): YamlNode {
    let token = this.peek();
    const start = token.start;
    if (token.type === 'alias') {
      const target = this.anchors.get(token.value);
      if (target === undefined) throw this.scanner.fail('an alias refers to an anchor that is not there', start);
      const node: AliasNode = { kind: 'alias', start, end: token.end, tag: '', target, ...this.takeComments() };
      this.skip();
      return node;
    }
    let anchor: string | undefined;
    let tag = '';
    for (let i = 0; i < 2; i++) {
      if (token.type === 'anchor' && anchor === undefined) anchor = token.value;
      else if (token.type === 'tag' && tag === '') tag = this.resolveTag(token);
      else break;
      this.skip();
      token = this.peek();
    }
    return this.parseContent(token, start, tag, anchor, block, indentless);
  }

  private parseContent(
    token: Token,
    start: Mark,
    tag: string,
    anchor: string | undefined,
    block: boolean,
    indentless: boolean,
  ): YamlNode {
    const { type, style, value, end } = token;
    if (type === 'scalar') {
      const { head, line, foot } = this.takeComments();
      const node: ScalarNode = { kind: 'scalar', style, value, start, end, tag, head, line, foot };
      this.anchorAs(anchor, node);
      this.skip();
      return node;
    }
    if (type === 'block-mapping-start' && block) return this.mapping(false, start, tag, anchor, this.takeStem());
    if (type === 'block-sequence-start' && block) return this.sequence('block', start, tag, anchor, this.takeStem());
    if (type === 'block-entry' && indentless) return this.sequence('indentless', start, tag, anchor, NO_COMMENTS);
    if (type === 'flow-sequence-start') return this.sequence('flow', start, tag, anchor, this.takeComments());
    if (type === 'flow-mapping-start') return this.mapping(true, start, tag, anchor, this.takeComments());
    if (anchor === undefined && tag === '')
      throw this.scanner.fail('a value is missing or stands where none may', start);
    const empty: ScalarNode = { ...this.emptyScalar(start), tag };
    this.anchorAs(anchor, empty);
    return empty;
  }

  private anchorAs(anchor: string | undefined, node: YamlNode): void {
    if (anchor !== undefined) this.anchors.set(anchor, node);
  }

  private mapping(
    flow: boolean,
    start: Mark,
    tag: string,
    anchor: string | undefined,
    comments: Comments,
  ): MappingNode {
    const node: MappingNode = { kind: 'mapping', flow, pairs: [], start, end: start, tag, ...comments };
    this.anchorAs(anchor, node);
    if (flow) this.parseFlowPairs(node);
    else this.parseBlockPairs(node);
    return node;
  }

  private sequence(
    style: 'block' | 'indentless' | 'flow',
    start: Mark,
    tag: string,
    anchor: string | undefined,
    comments: Comments,
  ): SequenceNode {
    const node: SequenceNode = {
      kind: 'sequence',
      flow: style === 'flow',
      items: [],
      start,
      end: start,
      tag,
      ...comments,
    };
    this.anchorAs(anchor, node);
    if (style === 'flow') this.parseFlowItems(node);
    else if (style === 'block') this.parseBlockItems(node);
    else this.parseIndentlessItems(node);
    return node;
  }

  private takeStem(): Comments {
    const head = this.stem ?? '';
    this.stem = undefined;
    return head === '' ? NO_COMMENTS : { ...NO_COMMENTS, head };
  }

  private resolveTag(token: Token): string {
    if (token.value === '') return shortTag(token.suffix);
    const prefix = this.tagHandles.get(token.value);
    if (prefix === undefined) throw this.scanner.fail('a tag has a handle that is not declared', token.start);
    return shortTag(prefix + token.suffix);
  }

  /** Skips the dash. A head comment before it is for the item as a whole, not for the first key inside. */
  private skipDash(): Mark {
    const { end } = this.peek();
    const stemLength = this.head.length;
    this.skip();
    if (stemLength > 0 && this.is('block-sequence-start', 'block-mapping-start')) {
      this.stem = this.head.slice(0, stemLength);
      this.head = this.head.length === stemLength ? '' : this.head.slice(stemLength + 1);
    }
    return end;
  }

  private parseBlockItems(node: SequenceNode): void {
    this.skip();
    while (!this.is('block-end')) {
      if (!this.is('block-entry')) throw this.scanner.fail('a list item lacks its dash', this.peek().start);
      const mark = this.skipDash();
      this.addItem(node, this.is('block-entry', 'block-end') ? this.emptyScalar(mark) : this.parseNode(true, false));
      this.scanner.forgetParsed();
    }
    // The end of a block sequence has no comments of its own: they go on to what follows.
    this.skip();
  }

  private addItem(node: SequenceNode, item: YamlNode): void {
    node.items.push(item);
    node.end = item.end;
  }

  private parseIndentlessItems(node: SequenceNode): void {
    while (this.is('block-entry')) {
      const mark = this.skipDash();
      const isEmpty = this.is('block-entry', 'key', 'value', 'block-end');
      this.addItem(node, isEmpty ? this.emptyScalar(mark) : this.parseNode(true, false));
    }
  }

  private parseBlockPairs(node: MappingNode): void {
    this.skip();
    for (;;) {
      const token = this.peek();
      if (token.type === 'block-end') break;
      // A value may stand without a key (`: value`), but nothing else may stand here.
      if (token.type !== 'key') throw this.scanner.fail('a key is missing', token.start);
      this.skip();
      const key = this.endsPair() ? this.emptyScalar(token.end) : this.parseNode(true, true);
      this.moveFootToKeyBefore(node, key);
      const value = this.parseBlockValue();
      node.pairs.push({ key, value });
      node.end = value.end;
      this.moveFootToKey(node);
      this.scanner.forgetParsed();
    }
    const { line, foot } = this.takeComments();
    node.line = line;
    node.foot = foot;
    const last = node.pairs.at(-1);
    if (foot !== '' && last !== undefined) {
      last.key.foot = foot;
      node.foot = '';
    }
    this.skip();
  }

  private parseBlockValue(): YamlNode {
    const token = this.peek();
    if (token.type !== 'value') return this.emptyScalar(token.start);
    this.skip();
    return this.endsPair() ? this.emptyScalar(token.end) : this.parseNode(true, true);
  }

  /** What stands after a key or colon where the key or value is empty. */
  private endsPair(): boolean {
    const { type } = this.peek();
    return type === 'key' || type === 'value' || type === 'block-end';
  }

  /** Dedented, a foot before a key is the foot of the value before it. */
  private moveFootToKeyBefore(node: MappingNode, key: YamlNode): void {
    const before = node.pairs.at(-1);
    if (key.foot === '' || before === undefined) return;
    before.key.foot = key.foot;
    key.foot = '';
  }

  private moveFootToKey(node: MappingNode): void {
    const pair = node.pairs.at(-1);
    if (pair?.key.foot !== '' || pair.value.foot === '') return;
    pair.key.foot = pair.value.foot;
    pair.value.foot = '';
  }

  private parseFlowItems(node: SequenceNode): void {
    this.skip();
    for (let first = true; !this.is('flow-sequence-end'); first = false) {
      if (!first) {
        if (!this.is('flow-entry')) throw this.scanner.fail('a , or ] is missing', this.peek().start);
        this.skip();
      }
      if (this.is('key')) node.items.push(this.parsePairInFlowSequence());
      else if (!this.is('flow-sequence-end')) node.items.push(this.parseNode(false, false));
    }
    this.endFlow(node);
  }

  private endFlow(node: SequenceNode | MappingNode): void {
    const { line, foot } = this.takeComments();
    node.line = line;
    node.foot = foot;
    node.end = this.peek().end;
    this.skip();
  }

  /** `[a: b]` is a list of one map. */
  private parsePairInFlowSequence(): MappingNode {
    const { start, end } = this.peek();
    this.skip();
    const ends: readonly TokenType[] = ['flow-entry', 'flow-sequence-end'];
    const key = this.is('value', ...ends) ? this.emptyScalar(end) : this.parseNode(false, false);
    let value: YamlNode | undefined;
    if (this.is('value')) {
      this.skip();
      if (!this.is(...ends)) value = this.parseNode(false, false);
    }
    const pairs = [{ key, value: value ?? this.emptyScalar(this.peek().start) }];
    return { kind: 'mapping', flow: true, pairs, start, end, tag: '', ...NO_COMMENTS };
  }

  private parseFlowPairs(node: MappingNode): void {
    this.skip();
    const ends: readonly TokenType[] = ['flow-entry', 'flow-mapping-end'];
    for (let first = true; !this.is('flow-mapping-end'); first = false) {
      if (!first) {
        if (!this.is('flow-entry')) throw this.scanner.fail('a , or } is missing', this.peek().start);
        this.skip();
      }
      if (this.is('flow-mapping-end')) break;
      let key: YamlNode;
      let value: YamlNode | undefined;
      if (this.is('key')) {
        this.skip();
        key = this.is('value', ...ends) ? this.emptyScalar(this.peek().start) : this.parseNode(false, false);
        if (this.is('value')) {
          this.skip();
          if (!this.is(...ends)) value = this.parseNode(false, false);
        }
      } else {
        key = this.parseNode(false, false);
      }
      node.pairs.push({ key, value: value ?? this.emptyScalar(this.peek().start) });
      this.moveFootToKey(node);
    }
    this.endFlow(node);
  }
}

interface Comments {
  readonly head: string;
  readonly line: string;
  readonly foot: string;
}

const NO_COMMENTS: Comments = { head: '', line: '', foot: '' };

const LONG_PREFIX = 'tag:yaml.org,2002:';

function shortTag(tag: string): string {
  return tag.startsWith(LONG_PREFIX) ? `!!${tag.slice(LONG_PREFIX.length)}` : tag;
}
