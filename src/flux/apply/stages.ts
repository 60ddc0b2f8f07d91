import { type JsonObject, splitApiVersion } from '../../manifest/index.ts';
import { inApplyOrder } from './order.ts';

export interface Stage {
  /** In the order of apply. */
  readonly objects: readonly JsonObject[];
  /** Whether the next stage waits until these are well: it may need the kinds and namespaces that they define. */
  readonly isAwaited: boolean;
}

/**
 * The objects in the stages in which they are applied: definitions, then classes, then kinds that somebody wants early,
 * then the rest (ssa: ApplyAllStaged). Stages without objects are left out.
 *
 * @param customKinds `group/Kind`, or `Kind` alone in the core group (KC: `--custom-apply-stage-kinds`)
 */
export function applyStages(objects: readonly JsonObject[], customKinds: readonly string[] = []): readonly Stage[] {
  const definitions: JsonObject[] = [];
  const classes: JsonObject[] = [];
  const custom: JsonObject[] = [];
  const rest: JsonObject[] = [];
  for (const object of objects) {
    if (isDefinition(object)) definitions.push(object);
    else if (typeof object.kind === 'string' && object.kind.endsWith('Class')) classes.push(object);
    else if (customKinds.includes(kindName(object))) custom.push(object);
    else rest.push(object);
  }
  const stages = [
    { objects: definitions, isAwaited: true },
    { objects: classes, isAwaited: true },
    { objects: custom, isAwaited: false },
    { objects: rest, isAwaited: false },
  ];
  return stages
    .filter(({ objects }) => objects.length > 0)
    .map(({ objects, isAwaited }) => ({ objects: inApplyOrder(objects), isAwaited }));
}

function kindName({ apiVersion, kind }: JsonObject): string {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return '';
  const { group } = splitApiVersion(apiVersion);
  return group === '' ? kind : `${group}/${kind}`;
}

/** ssa: IsClusterDefinition, for which the case of a kind does not matter. */
function isDefinition({ apiVersion, kind }: JsonObject): boolean {
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  switch (kind.toLowerCase()) {
    case 'customresourcedefinition':
      return apiVersion.startsWith('apiextensions.k8s.io/');
    case 'namespace':
      return apiVersion === 'v1';
    case 'clusterrole':
      return apiVersion.startsWith('rbac.authorization.k8s.io/');
    default:
      return false;
  }
}
