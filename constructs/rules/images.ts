import { isList, isObject, type Json, type JsonObject } from '../../src/manifest/index.ts';
import { warning, type Finding, type Rule } from './rule.ts';

interface Container {
  readonly name: string;
  readonly image: string | undefined;
  readonly limits: JsonObject;
}

/** Where a pod's specification is, by kind. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** An image whose tag moves: what runs changes without a commit, and differs from node to node. */
export const floatingTag: Rule = (object) =>
  containersOf(object)
    .filter(({ image }) => image !== undefined && isFloating(image))
    .map(({ name, image }) =>
      warning(
        'synth/floating-tag',
        `The container ${name} runs ${image ?? ''}, whose tag may point to another image tomorrow.`,
        'Name a version or a digest.',
      ),
    );

/** A container that may take all the memory of its node. */
export const resourceLimits: Rule = (object) =>
  containersOf(object)
    .filter(({ limits }) => limits.memory === undefined)
    .map(({ name }): Finding =>
      warning('synth/no-limits', `The container ${name} has no memory limit.`, 'Give it `resources.limits.memory`.'),
    );

function podSpecPath(kind: Json | undefined): readonly string[] {
  return (typeof kind === 'string' ? POD_SPECS[kind] : undefined) ?? ['-'];
}

function isFloating(image: string): boolean {
  if (image.includes('@sha256:')) return false;
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || ['latest', 'main', 'master', 'stable', 'edge', 'nightly'].includes(tag);
}

function containersOf(object: JsonObject): Container[] {
  let at: Json | undefined = object;
  for (const step of podSpecPath(object.kind)) at = isObject(at) ? at[step] : undefined;
  if (!isObject(at)) return [];
  return [at.initContainers, at.containers].flatMap((list) =>
    isList(list) ? list.filter(isObject).map(containerOf) : [],
  );
}

function containerOf(container: JsonObject): Container {
  const resources = isObject(container.resources) ? container.resources : {};
  return {
    name: typeof container.name === 'string' ? container.name : '',
    image: typeof container.image === 'string' ? container.image : undefined,
    limits: isObject(resources.limits) ? resources.limits : {},
  };
}
