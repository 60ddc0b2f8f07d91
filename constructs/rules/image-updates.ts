import { at } from './pods.ts';
import { warning, type Rule } from './rule.ts';

/** Image automation that writes into the tree, where synth writes over it. */
export const updatesTheTree: Rule = (object, { directory }) => {
  const { apiVersion, kind } = object;
  if (kind !== 'ImageUpdateAutomation' || typeof apiVersion !== 'string') return [];
  const path = at(object, ['spec', 'update', 'path']);
  if (!apiVersion.startsWith('image.toolkit.fluxcd.io/') || typeof path !== 'string') return [];
  const folder = path.replace(/^(?:\.\/)+/, '');
  if (folder !== directory && !folder.startsWith(`${directory}/`)) return [];
  return [
    warning(
      'synth/updates-the-tree',
      `Flux would write into ${directory}/, and synth takes that for edits by hand.`,
      'Let it write to a data file that the program reads (docs/updates.md).',
      '/spec/update/path',
    ),
  ];
};
