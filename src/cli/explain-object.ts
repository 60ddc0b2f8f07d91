import { SlipwayError } from '../errors.ts';
import { formatIdentity, identityOf, type ObjectIdentity } from '../manifest/index.ts';
import type { Rendered, RenderedRelease } from '../render/index.ts';
import { type FilePosition, type ObjectOrigin, type OriginPart, Origins } from '../render/origin/index.ts';
import { fieldName } from './diff/field.ts';

/** An object that a build renders, with all that made it. */
export interface ExplainedObject {
  /** `Kind/namespace/name`. */
  readonly object: string;
  /** `namespace/name`. */
  readonly kustomization: string;
  /** Where the object of the Kustomization is written; undefined for what the cluster is bootstrapped with. */
  readonly kustomizationAt: FilePosition | undefined;
  /** The HelmRelease whose chart made it: then the rest is what made that. */
  readonly release?: string;
  /** Undefined where it cannot be told, since kustomize is needed for it and is not here. */
  readonly origin: ObjectOrigin | undefined;
  /** Lines of TypeScript, innermost first, by the file of the tree that they made. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
}

/**
 * Every object that a query names, `Kind/namespace/name` or `Kind/name`, the kind in any case, as each Kustomization that
 * applies it makes it.
 *
 * @param releases is called only where no Kustomization has the object
 * @throws SlipwayError `render/unknown-object`
 */
export async function explainObjects(
  query: string,
  rendered: readonly Rendered[],
  releases: () => Promise<readonly RenderedRelease[]>,
  linesOf: (file: string, object: string) => Promise<readonly string[]>,
): Promise<readonly ExplainedObject[]> {
  const origins = new Origins(rendered);
  const found = rendered.flatMap(({ namespace, name, objects }) =>
    objects
      .map(identityOf)
      .filter((identity) => matches(identity, query))
      .map((identity) => ({ kustomization: `${namespace}/${name}`, identity, shown: identity, release: undefined })),
  );
  const all = found.length > 0 ? found : findInReleases(query, rendered, await releases());
  if (all.length === 0) throw unknown(query, rendered);
  const explained: ExplainedObject[] = [];
  for (const { kustomization, identity, shown, release } of all) {
    const origin = await origins.of(kustomization, identity);
    const kustomizationAt = await origins.placeOfKustomization(kustomization);
    const sources: Record<string, readonly string[]> = {};
    const positions = [...(origin?.parts.map(({ position }) => position) ?? []), kustomizationAt];
    for (const position of positions) {
      if (position === undefined || position.source !== undefined || Object.hasOwn(sources, position.file)) continue;
      const lines = await linesOf(position.file, formatIdentity(identity));
      if (lines.length > 0) sources[position.file] = lines;
    }
    const object = formatIdentity(shown);
    explained.push({ object, kustomization, kustomizationAt, ...(release && { release }), origin, sources });
  }
  return explained;
}

function findInReleases(query: string, rendered: readonly Rendered[], releases: readonly RenderedRelease[]) {
  return releases.flatMap(({ namespace, name, parent, objects }) => {
    const own = rendered.find((one) => `${one.namespace}/${one.name}` === parent)?.objects.map(identityOf);
    const identity = own?.find(
      (one) => one.kind === 'HelmRelease' && one.name === name && (one.namespace === '' || one.namespace === namespace),
    );
    if (identity === undefined) return [];
    return objects
      .map(identityOf)
      .filter((one) => matches(one, query))
      .map((shown) => ({ kustomization: parent, identity, shown, release: formatIdentity(identity) }));
  });
}

function matches({ kind, namespace, name }: ObjectIdentity, query: string): boolean {
  const [wantedKind = '', ...rest] = query.split('/');
  if (kind.toLowerCase() !== wantedKind.toLowerCase()) return false;
  return rest.length === 2 ? rest[0] === namespace && rest[1] === name : rest.length === 1 && rest[0] === name;
}

const MAX_PROPOSED = 5;

function unknown(query: string, rendered: readonly Rendered[]): SlipwayError {
  const name = query.split('/').at(-1)?.toLowerCase() ?? '';
  const near = rendered
    .flatMap(({ objects }) => objects.map((object) => formatIdentity(identityOf(object))))
    .filter((object) => name !== '' && object.toLowerCase().split('/').at(-1)?.includes(name) === true);
  const proposed = [...new Set(near)].slice(0, MAX_PROPOSED);
  return new SlipwayError({
    code: 'render/unknown-object',
    message: `No Kustomization and no rendered HelmRelease makes an object ${JSON.stringify(query)}.`,
    remedy:
      proposed.length > 0
        ? `There are ${proposed.join(', ')}.`
        : 'Name it as KIND/NAMESPACE/NAME; `slipway build` without --explain prints all objects.',
  });
}

export function explainedText(explained: readonly ExplainedObject[]): string {
  return explained.map(objectText).join('\n');
}

function objectText({ object, kustomization, kustomizationAt, release, origin, sources }: ExplainedObject): string {
  const rows: (readonly [string, string])[] = [];
  const sourceRows = (position: FilePosition | undefined): void => {
    const lines = position?.source === undefined && position !== undefined ? (sources[position.file] ?? []) : [];
    if (lines.length > 0) rows.push(['', `made by ${lines.join(', called from ')}`]);
  };
  if (release !== undefined) rows.push(['chart of', release]);
  for (const part of origin?.parts ?? []) {
    rows.push([LABELS[part.kind] ?? part.kind, partText(part)]);
    if (part.through.length > 0) rows.push(['', `through ${part.through.map(positionText).join(', ')}`]);
    if (part.sources.length > 0) rows.push(['', `with ${part.sources.map(positionText).join(', ')}`]);
    const { fields } = part;
    if (fields !== undefined && fields[0] !== '') rows.push(['', `sets ${fieldsText(fields)}`]);
    sourceRows(part.position);
  }
  for (const { name, from, position } of origin?.variables ?? []) {
    rows.push(['variable', `\${${name}} of ${from}${position === undefined ? '' : `, ${positionText(position)}`}`]);
  }
  const at = kustomizationAt === undefined ? '' : `, ${positionText(kustomizationAt)}`;
  rows.push(['applied by', `Kustomization/${kustomization}${at}`]);
  sourceRows(kustomizationAt);
  if (origin === undefined)
    rows.push(['', 'What made it cannot be told: kustomize is needed for that, and is not here.']);
  else if (origin.tracedBy === 'kustomize') {
    rows.push(['', 'kustomize built this: it tells files without lines, and what ran over the object, whether or not']);
    rows.push(['', 'that changed it.']);
  }
  return `${object}\n${rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}\n`).join('')}`;
}

const LABELS: Readonly<Partial<Record<OriginPart['kind'], string>>> = { namePrefix: 'prefix', nameSuffix: 'suffix' };

function partText({ position }: OriginPart): string {
  return position === undefined ? 'by Flux, which takes every manifest of the folder' : positionText(position);
}

export function positionText({ file, line, column, source }: FilePosition): string {
  const at = [file, line, column].filter((part) => part !== undefined).join(':');
  return source === undefined ? at : `${at} of ${source}`;
}

const MAX_FIELDS = 6;

function fieldsText(fields: readonly string[]): string {
  const names = fields.map((pointer) => fieldName(pointer));
  const more = names.length - MAX_FIELDS;
  return `${names.slice(0, MAX_FIELDS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
