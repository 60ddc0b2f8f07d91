import { isObject, type Json, type JsonObject, quantity } from '../../src/manifest/index.ts';
import { at, containersOf, itemsOf, mapAt, nameOf, podSpecOf, pointerTo, type Part } from './pods.ts';
import { error, type Finding, type Rule } from './rule.ts';

/** What the API server refuses in a workload as code, beyond its schema (pkg/apis/core/validation, apps/validation). */
export const workloads: Rule = (object) => {
  if (object.kind === 'Service' && object.apiVersion === 'v1') return service(object);
  const pod = podSpecOf(object);
  if (pod === undefined) return [];
  const volumes = volumesOf(object, pod);
  return [
    ...selector(object),
    ...containersOf(object).flatMap((container) => [
      ...mounts(container, volumes),
      ...requests(container),
      ...negative(container),
      ...itemsOf(container, 'ports').flatMap((item) => port(item, 'containerPort')),
    ]),
  ];
};

/** A controller that would not find its own Pods. */
function selector(object: JsonObject): Finding[] {
  if (typeof object.apiVersion !== 'string' || !object.apiVersion.startsWith('apps/')) return [];
  const wanted = mapAt(object, ['spec', 'selector', 'matchLabels']);
  const labels = mapAt(object, ['spec', 'template', 'metadata', 'labels']);
  return Object.entries(wanted).flatMap(([key, value]) => {
    if (value === labels[key] || typeof value !== 'string') return [];
    const has = typeof labels[key] === 'string' ? `${key}=${labels[key]}` : 'no such label';
    return error(
      'synth/selector',
      `Its selector asks for ${key}=${value}, and its Pods have ${has}.`,
      'Give `spec.template.metadata.labels` all that `spec.selector.matchLabels` asks for.',
      '/spec/selector',
    );
  });
}

/** The names of the volumes of the Pods; those of a StatefulSet's claims too. */
function volumesOf(object: JsonObject, pod: Part): readonly string[] {
  const spec = at(object, ['spec']);
  const claims =
    object.kind === 'StatefulSet' && isObject(spec)
      ? itemsOf({ value: spec, pointer: '/spec' }, 'volumeClaimTemplates')
      : [];
  return [...itemsOf(pod, 'volumes').map(nameOf), ...claims.map(({ value }) => nameIn(value))];
}

function nameIn(object: JsonObject): string {
  const { name } = mapAt(object, ['metadata']);
  return typeof name === 'string' ? name : '';
}

function mounts(container: Part, volumes: readonly string[]): Finding[] {
  return ['volumeMounts', 'volumeDevices'].flatMap((field) =>
    itemsOf(container, field)
      .filter((mount) => typeof mount.value.name === 'string' && !volumes.includes(mount.value.name))
      .map((mount) =>
        error(
          'synth/volume',
          `The container ${nameOf(container)} mounts the volume ${nameOf(mount)}, which its Pod does not have.`,
          volumes.length === 0
            ? 'Declare it in `volumes`.'
            : `Declare it, or write one of these: ${volumes.join(', ')}.`,
          pointerTo(mount, 'name'),
        ),
      ),
  );
}

function negative(container: Part): Finding[] {
  return ['requests', 'limits'].flatMap((field) =>
    Object.entries(mapAt(container.value, ['resources', field])).flatMap(([resource, amount]) =>
      isScalar(amount) && (quantity(amount) ?? 0) < 0
        ? error(
            'synth/resources',
            `The container ${nameOf(container)} has ${amount} of ${resource} in its ${field}, less than nothing.`,
            'Give an amount that is not negative.',
            pointerTo(container, 'resources', field, resource),
          )
        : [],
    ),
  );
}

function requests(container: Part): Finding[] {
  const limits = mapAt(container.value, ['resources', 'limits']);
  return Object.entries(mapAt(container.value, ['resources', 'requests'])).flatMap(([resource, request]) => {
    const limit = limits[resource];
    const [least, most] = [quantity(request), quantity(limit)];
    if (!isScalar(request) || !isScalar(limit) || least === undefined || most === undefined || least <= most) return [];
    return error(
      'synth/resources',
      `The container ${nameOf(container)} asks for ${request} of ${resource}, and may have ${limit} at most.`,
      'Raise the limit, or ask for less.',
      pointerTo(container, 'resources', 'requests', resource),
    );
  });
}

function isScalar(value: Json | undefined): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function service(object: JsonObject): Finding[] {
  const spec = mapAt(object, ['spec']);
  const ports = itemsOf({ value: spec, pointer: '/spec' }, 'ports');
  return ports.flatMap((item) => [...port(item, 'port'), ...port(item, 'targetPort')]);
}

function port(item: Part, field: string): Finding[] {
  const number = item.value[field];
  if (typeof number !== 'number' || (number >= 1 && number <= 65_535)) return [];
  return [
    error(
      'synth/port',
      `The ${field} ${number} is no port.`,
      'Write a number from 1 to 65535.',
      pointerTo(item, field),
    ),
  ];
}
