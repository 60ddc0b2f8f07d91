import { createHash } from 'node:crypto';
import type { FileTree } from '../flux/index.ts';

/** What was asked of a tree, and a digest of the answer. */
export type Answer = readonly [question: 'read' | 'list' | 'folder', path: string, digest: string];

/** Notes all that is asked of a tree: what is made of it depends on that alone. */
export class RecordingTree implements FileTree {
  readonly #tree: FileTree;
  readonly #answers = new Map<string, Answer>();

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  get answers(): readonly Answer[] {
    return [...this.#answers.values()];
  }

  read(path: string): Buffer | undefined {
    const content = this.#tree.read(path);
    this.#note('read', path, () => this.#tree.digest?.(path) ?? ofContent(content));
    return content;
  }

  digest(path: string): string | undefined {
    const known = this.#tree.digest?.(path);
    if (known !== undefined) this.#note('read', path, () => known);
    return known;
  }

  isFolder(path: string): boolean {
    const answer = this.#tree.isFolder(path);
    this.#note('folder', path, () => String(answer));
    return answer;
  }

  list(folder: string): readonly string[] {
    const names = this.#tree.list(folder);
    this.#note('list', folder, () => ofNames(names));
    return names;
  }

  #note(question: Answer[0], path: string, digest: () => string): void {
    const key = `${question} ${path}`;
    if (!this.#answers.has(key)) this.#answers.set(key, [question, path, digest()]);
  }
}

/** Whether a tree gives the same answers still. */
export function givesSameAnswers(tree: FileTree, answers: readonly Answer[]): boolean {
  return answers.every(([question, path, digest]) => {
    switch (question) {
      case 'read':
        return (tree.digest?.(path) ?? ofContent(tree.read(path))) === digest;
      case 'folder':
        return String(tree.isFolder(path)) === digest;
      case 'list':
        return ofNames(tree.list(path)) === digest;
    }
  });
}

/** A component is asked for by many Kustomizations. */
const digests = new WeakMap<Buffer, string>();

function ofContent(content: Buffer | undefined): string {
  if (content === undefined) return '';
  const known = digests.get(content) ?? createHash('sha256').update(content).digest('hex');
  digests.set(content, known);
  return known;
}

function ofNames(names: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([...names].sort()))
    .digest('base64');
}
