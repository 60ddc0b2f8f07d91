import { attemptedRevisionOf, commitOf, remedyOf } from '../../flux/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { type FluxObject, type Unwell, unwellObjects } from '../../reconciler/index.ts';
import type { Commits, KnownCommit } from './commits.ts';
import type { MadeBy, Origins } from './origins.ts';

/** Why an object of Flux is not ready, as far as that can be found out. */
export interface Cause {
  /** That it was to reach; for what is no Kustomization, the one by which it was applied. */
  readonly commit: KnownCommit | undefined;
  readonly madeBy: MadeBy | undefined;
  /** Objects that it waits for in vain. */
  readonly unwell: readonly Unwell[];
  /** What to do about it, one sentence. */
  readonly remedy: string | undefined;
}

export interface CauseContext {
  readonly client: KubeClient;
  readonly objects: readonly FluxObject[];
  readonly commits: Commits;
  readonly origins: Origins;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export async function causeOf(one: FluxObject, context: CauseContext): Promise<Cause> {
  const { client, commits, origins, now } = context;
  const { readiness } = one;
  const isAboutHealth = readiness.reason === 'HealthCheckFailed' || readiness.state === 'progressing';
  return {
    commit: commits.of(commitOf(revisionBehind(one, context.objects))),
    madeBy: await origins.of(one.identity, one.owner),
    unwell: isAboutHealth ? await unwellObjects(client, one, now) : [],
    remedy: remedyOf(readiness),
  };
}

/** What a Kustomization tried last; of what a Kustomization applied, the revision at which that is. */
function revisionBehind({ identity, object, owner }: FluxObject, objects: readonly FluxObject[]): string {
  if (identity.kind === 'Kustomization') return attemptedRevisionOf(object);
  const parent = objects.find(
    (one) =>
      one.identity.kind === owner?.kind &&
      one.identity.namespace === owner.namespace &&
      one.identity.name === owner.name,
  );
  return parent === undefined ? '' : attemptedRevisionOf(parent.object);
}
