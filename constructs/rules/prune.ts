import { isObject } from '../../src/manifest/index.ts';
import { warning, type Rule } from './rule.ts';

/** A Kustomization that leaves behind in the cluster what the tree no longer has. */
export const prune: Rule = (object) => {
  const spec = isObject(object.spec) ? object.spec : {};
  const isFlux = typeof object.apiVersion === 'string' && object.apiVersion.startsWith('kustomize.toolkit.fluxcd.io/');
  if (!isFlux || object.kind !== 'Kustomization' || spec.prune !== false) return [];
  return [
    warning(
      'synth/no-prune',
      'What is taken out of this Application stays in the cluster.',
      'Leave `prune` at its default, or mark single objects as not to be pruned.',
    ),
  ];
};
