import type { FileTree } from '../../flux/index.ts';
import { identityKey, identityOf, type JsonObject } from '../../manifest/index.ts';
import { positionIn } from '../origins.ts';
import { ENTRY, type Rendered } from '../walk.ts';
import { checkDependencies } from './dependencies.ts';
import type { Finding } from './finding.ts';
import { checkOwners } from './owners.ts';
import { checkSchemas } from './schemas.ts';
import { checkSecrets } from './secrets.ts';

export interface CheckOptions {
  /** The release 1.x of Kubernetes that the cluster has. Default: the one whose schemas are here. */
  readonly kubernetesMinor?: number | undefined;
}

/** All that can be found wrong with a repository without a cluster, each with its place in a file where there is one. */
export async function checkRepository(
  tree: FileTree,
  rendered: readonly Rendered[],
  options: CheckOptions = {},
): Promise<readonly Finding[]> {
  // How the entry itself is applied is not known: by a bootstrap, by hand, or by a Kustomization that it makes.
  const declared = rendered.filter(({ name }) => name !== ENTRY);
  const findings = [
    ...rendered.flatMap(ofBuild),
    ...checkDependencies(rendered),
    ...checkOwners(declared),
    ...checkSecrets(declared),
    ...checkSchemas(rendered, options.kubernetesMinor),
  ];
  const place = placer(tree, rendered);
  const placed: Finding[] = [];
  for (const finding of findings) placed.push(await place(finding));
  return placed;
}

/** What became of the build itself. */
function ofBuild({ namespace, name, status, error, reason, unknownVariables }: Rendered): readonly Finding[] {
  const kustomization = `${namespace}/${name}`;
  if (status === 'failed' && error !== undefined) {
    const { code, message, remedy } = error;
    const { file, line, column } = error.place;
    return [{ severity: 'error', code, message, remedy, kustomization, file, line, column }];
  }
  if (status === 'skipped') {
    const message = `It was not looked at: ${reason ?? ''}.`;
    return [{ severity: 'warning', code: 'test/skipped', message, kustomization }];
  }
  if (unknownVariables.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'test/unknown-variables',
      message: `Variables that only the cluster has: ${unknownVariables.join(', ')}.`,
      remedy: 'Give them by --cluster-var NAME=VALUE to have what they make looked at.',
      kustomization,
    },
  ];
}

/** Finds the file of an object by building its Kustomization once more, with origins. */
function placer(tree: FileTree, rendered: readonly Rendered[]): (finding: Finding) => Promise<Finding> {
  const byName = new Map(rendered.map((one) => [`${one.namespace}/${one.name}`, one]));
  const origins = new Map<string, ReadonlyMap<string, string>>();
  return async (finding) => {
    const owner = byName.get(finding.kustomization);
    if (finding.object === undefined || owner === undefined) return inParent(finding);
    const known = origins.get(finding.kustomization) ?? (await owner.origins());
    origins.set(finding.kustomization, known);
    const key = identityKey(finding.object);
    const file = known.get(key);
    const object = owner.objects.find((one) => identityKey(identityOf(one)) === key);
    if (file === undefined || object === undefined) return finding;
    return { ...finding, ...positionIn(tree, file, object, finding.pointer ?? '') };
  };

  /** What is wrong with a Kustomization as a whole stands where its object does. */
  async function inParent(finding: Finding): Promise<Finding> {
    const parent = byName.get(byName.get(finding.kustomization)?.parent ?? '');
    const object = parent?.objects.find((one) => isKustomization(one, finding.kustomization));
    if (finding.file !== undefined || parent === undefined || object === undefined) return finding;
    const own = `${parent.namespace}/${parent.name}`;
    const known = origins.get(own) ?? (await parent.origins());
    origins.set(own, known);
    const file = known.get(identityKey(identityOf(object)));
    return file === undefined ? finding : { ...finding, ...positionIn(tree, file, object, '') };
  }
}

function isKustomization(object: JsonObject, name: string): boolean {
  const { kind, group, namespace, name: own } = identityOf(object);
  return kind === 'Kustomization' && group === 'kustomize.toolkit.fluxcd.io' && `${namespace}/${own}` === name;
}
