import { SlipwayError } from '../errors.ts';
import type { KubeClient } from '../kube/index.ts';
import type { JsonObject } from '../manifest/index.ts';
import { applyObjects } from './apply-objects.ts';
import type { Change } from './audit.ts';
import { hideValues } from './hide-values.ts';
import { KnownGood } from './known-good.ts';
import { LiveObjects } from './live-objects.ts';
import { DEFAULT_POLICY } from './policy.ts';

export interface SeedOptions {
  readonly signal: AbortSignal;
  /** Of a reconciler that is at work, which so knows at once of what is made. */
  readonly live?: LiveObjects;
  /** Are not shown in what the API server says. */
  readonly secretValues?: readonly string[];
}

/**
 * Applies objects that no Kustomization is there for yet, definitions first, as kustomize-controller would.
 *
 * @returns what changed
 * @throws SlipwayError `bootstrap/refused`, after all was tried of which the rest does not depend on another
 */
export async function seedCluster(
  client: KubeClient,
  objects: readonly JsonObject[],
  { signal, live, secretValues = [] }: SeedOptions,
): Promise<readonly Change[]> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  try {
    const { applied, errors } = await applyObjects(objects, {
      client,
      live: live ?? new LiveObjects(client, either, () => undefined),
      knownGood: new KnownGood(),
      isImpersonated: false,
      force: false,
      signal: either,
      ignore: () => [],
      policy: DEFAULT_POLICY,
      expressions: () => undefined,
      onWaiting: () => Promise.resolve(),
    });
    if (errors.length > 0) throw refused(errors.map((error) => hideValues(error, secretValues)));
    return applied.flatMap(({ action, identity, fields }) =>
      action === 'created' || action === 'configured'
        ? [
            {
              operation: action,
              object: identity,
              kustomization: '',
              revision: '',
              fields,
              cause: 'bootstrap' as const,
            },
          ]
        : [],
    );
  } finally {
    over.abort();
  }
}

function refused(errors: readonly string[]): SlipwayError {
  return new SlipwayError({
    code: 'bootstrap/refused',
    message: `The cluster does not take what Flux needs before it can begin:\n${errors.join('\n')}`,
    remedy: 'Mend that, and run `slipway bootstrap` again: it goes on where it was.',
  });
}
