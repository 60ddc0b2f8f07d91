/** What can be known of a file's values without a key. */
import type { Policy } from './crypt.ts';
import { parseEnvelope, TAG_BYTES } from './envelope.ts';
import { compileSelection } from './selection.ts';
import type { Branch, Source } from './tree.ts';
import { formatPath } from './tree.ts';
import { mapLeaves } from './walk.ts';

export interface SealedLeaf {
  /** Keys from the root; indices of lists are not part of it. */
  readonly path: readonly string[];
  /**
   * `sealed`: a ciphertext where the rule wants one. `plain`: in plain text, as the rule wants it. `empty`: an empty
   * text, which SOPS never encrypts. `exposed`: in plain text where the rule wants a ciphertext. `broken`: it begins
   * as a ciphertext does and is none.
   */
  readonly state: 'sealed' | 'plain' | 'empty' | 'exposed' | 'broken';
  /** Of a ciphertext, what it says that it holds; of plain text, what it is. */
  readonly type: string;
  /** Of a ciphertext, the length of its value in bytes, which it does not hide. */
  readonly size?: number;
  readonly source: Source | undefined;
}

/** Every value of the documents in their order, comments left out. */
export function leavesOf(documents: readonly Branch[], { rule }: Pick<Policy, 'rule'>): SealedLeaf[] {
  const isSelected = compileSelection(rule);
  const leaves: SealedLeaf[] = [];
  mapLeaves(documents, ({ item, path, comments }) => {
    if (item.kind === 'comment') return item;
    const { source } = item;
    const leaf = (state: SealedLeaf['state'], type: string, size?: number) => {
      leaves.push({ path, state, type, source, ...(size !== undefined && { size }) });
    };
    if (!isSelected(path, comments, false)) leaf('plain', item.type);
    else if (item.type === 'str' && item.bytes.length === 0) leaf('empty', 'str');
    else if (item.type !== 'str') leaf('exposed', item.type);
    else {
      const written = item.bytes.toString();
      const envelope = parseEnvelope(written);
      if (envelope !== undefined) leaf('sealed', envelope.type, envelope.data.length - TAG_BYTES);
      else leaf(written.startsWith('ENC[') ? 'broken' : 'exposed', 'str');
    }
    return item;
  });
  return leaves;
}

export const pathOf = (leaf: SealedLeaf): string => formatPath(leaf.path);
