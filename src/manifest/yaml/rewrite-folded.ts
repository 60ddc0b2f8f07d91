import { parseDocument } from './parse.ts';
import { Budget } from './yaml-error.ts';

/**
 * Folded text after go-yaml v3 has written it as a folded block and read it back, which does not always give the same:
 * its emitter puts an empty line after each line that does not start with a blank, whatever follows, so that text with
 * lines further in gains line breaks (emitterc.go: yaml_emitter_write_folded_scalar looks for the next line at the
 * beginning of the text). What kustomize gives out has them, and so have the objects in the cluster.
 */
export function rewriteFolded(text: string): string {
  const firstBreak = text.indexOf('\n');
  if (firstBreak === -1 || firstBreak === text.length - 1 || !isWrittenAsBlock(text)) return text;
  const block = text.replace(/[^\n]+/g, '  $&').replace(/[^\n]$/, '$&\n');
  // If the text starts with a blank, or its first line does, the emitter adds nothing.
  const written = /^\n*[ \t]/.test(text) ? block : block.replace(/^(?:  [^ \t\n].*)\n/gm, '$&\n');
  const indicator = /^[ \n]/.test(text) ? '2' : '';
  const chomping = text.endsWith('\n\n') ? '+' : text.endsWith('\n') ? '' : '-';
  const root = parseDocument(`>${indicator}${chomping}\n${written}`, 'kyaml', new Budget())?.root;
  return root?.kind === 'scalar' ? root.text : text;
}

/** Other text is written between double quotes, which keep it as it is (yaml_emitter_select_scalar_style). */
function isWrittenAsBlock(text: string): boolean {
  return !/ (?:\n|$)|[^\n\t -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text);
}
