import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, formatError } from '../errors.ts';
import { writeGoYaml } from '../flux/index.ts';
import {
  CHARTS_HINT,
  cachedWalk,
  DiskTree,
  documentsOf,
  hasSecret,
  inInstallOrder,
  MaskedValues,
  type Rendered,
  type RenderedRelease,
  type RenderedText,
  renderReleases,
  type WalkOptions,
  withoutSecretValues,
} from '../render/index.ts';
import { formatIdentity } from '../manifest/index.ts';
import { isJson, type Arguments, type Command, type Io, type Status } from './command.ts';
import { cacheOf, engineOf, entryOf, keyringOf, mapOption, releaseOptionsOf, sourcesOf } from './render-options.ts';
import { programLines } from './program-lines.ts';

export const build: Command = {
  options: {
    entry: { type: 'string' },
    out: { type: 'string' },
    explain: { type: 'string' },
    engine: { type: 'string' },
    'allow-remote-bases': { type: 'boolean' },
    source: { type: 'string', multiple: true },
    'cluster-var': { type: 'string', multiple: true },
    'chart-dir': { type: 'string' },
    kubernetes: { type: 'string' },
    'api-versions': { type: 'string', multiple: true },
    'no-helm': { type: 'boolean' },
    'no-substitute': { type: 'boolean' },
    'show-secrets': { type: 'boolean' },
    'no-cache': { type: 'boolean' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway build [DIR] [--entry PATH] [--out OUT]

Renders a Flux repository without a cluster: every Kustomization that the cluster would come to from the entry folder, and
the objects that Flux would apply for each, in the order of apply; and what helm makes of every HelmRelease among them whose
chart is here. DIR is the repository (default: this folder); it need
not be a git repository, and Slipway need not have made it.

  --entry PATH              the folder that the cluster is told to sync first; without it, the likely ones are tried
  --out OUT                 write OUT/kustomization/NAMESPACE/NAME.yaml, OUT/helmrelease/NAMESPACE/NAME.yaml and
                            OUT/index.json in place of printing
  --explain KIND/NS/NAME    in place of the objects, show what made one of them: file and line of the resource, the patches,
                            components, generators and variables; and of a file that synth wrote, the line of
                            TypeScript, for which the program of this project is run, as by \`slipway explain\`
  --source KIND/NS/NAME=DIR where the artifact of another source is
  --cluster-var K=V         a variable of post-build substitution that only the cluster has; may be given several times
  --chart-dir DIR           where charts are, as NAME-VERSION.tgz or a folder NAME; helm's own cache is looked through too
  --kubernetes 1.N          the release of Kubernetes that charts are told; without it, helm's own default
  --api-versions G/V        what charts are told besides of what the cluster serves; may be given several times
  --no-helm                 do not render HelmReleases
  --no-substitute           leave decryption and post-build substitution out, and show what kustomize makes of the files
  --show-secrets            print values of Secrets, and all that was encrypted, as they are; not with --out
  --engine=kustomize        always build by the real kustomize
  --allow-remote-bases      let kustomize fetch what a kustomization.yaml names on a network, by git and HTTP; without it
                            such a Kustomization fails, and nothing is fetched
  --no-cache                do not keep, or use, what was made before
  -o json                   print the index as JSON

What SOPS encrypted is decrypted, and its MAC verified, with the age keys that sops would find (SOPS_AGE_KEY, SOPS_AGE_KEY_FILE,
…); a mark such as masked7b1e05… stands in place of each value, the same as long as the value is. Without a key it stays as
it is in git. Other values of Secrets are shown as masked00.

Examples:
  slipway build --entry kubernetes/flux/config
  slipway build ~/home-ops --entry kubernetes/flux/cluster --out /tmp/rendered
  slipway build --explain HelmRelease/default/atuin
`,
  async run({ options, operands }, io): Promise<Status> {
    const directory = path.resolve(io.cwd, operands[0] ?? '.');
    if (operands.length > 1) throw wrongUse(`There is one folder too many: ${String(operands[1])}.`);
    isJson(options.output);
    const reveal = options['show-secrets'] === true;
    if (reveal && options.out !== undefined)
      throw wrongUse('--show-secrets only prints: it writes no secret to a disk.');
    const tree = new DiskTree(folderOf(directory));
    const how: WalkOptions = {
      tree,
      entry: entryOf(options.entry, tree, (line) => io.stderr.write(line)),
      engine: engineOf(options, io),
      sources: sourcesOf(options.source, io.cwd),
      variables: mapOption(options['cluster-var'], '--cluster-var'),
      keyring: options['no-substitute'] === true ? undefined : keyringOf(io),
      maskedValues: new MaskedValues(),
    };
    const rendered = await cachedWalk(how, cacheOf(options, io), true);
    for (const one of rendered) {
      if (one.error === undefined) continue;
      io.stderr.write(`${formatError(within(one.error, `Kustomization/${one.namespace}/${one.name}`))}\n`);
    }
    if (typeof options.explain === 'string') {
      const releases = (): Promise<readonly RenderedRelease[]> =>
        renderReleases(rendered, releaseOptionsOf(options, how, io));
      const { explainedText, explainObjects } = await import('./explain-object.ts');
      const explained = await explainObjects(options.explain, rendered, releases, programLines(tree.root, io.cwd));
      io.stdout.write(isJson(options.output) ? `${JSON.stringify(explained, null, 2)}\n` : explainedText(explained));
      return 0;
    }
    const kustomizations = options['no-substitute'] === true ? rendered.map(asBuilt) : rendered;
    const releases =
      options['no-helm'] === true ? [] : await renderReleases(kustomizations, releaseOptionsOf(options, how, io));
    for (const { error, namespace, name } of releases) {
      if (error !== undefined) io.stderr.write(`${formatError(within(error, `HelmRelease/${namespace}/${name}`))}\n`);
    }
    // Charts are rendered of marks: what helm is given it reads from a disk.
    const revealed = reveal ? await cachedWalk({ ...how, reveal }, undefined) : kustomizations.map(hidden);
    show({ kustomizations: revealed, releases, reveal }, options, io);
    return [...kustomizations, ...releases].some(({ status }) => status === 'failed') ? 1 : 0;
  },
};

interface Shown {
  readonly kustomizations: readonly RenderedText[];
  readonly releases: readonly RenderedRelease[];
  readonly reveal: boolean;
}

function asBuilt(rendered: RenderedText): RenderedText {
  return { ...rendered, objects: rendered.built, text: () => documentsOf(rendered.built) };
}

/** What kustomize makes of the files shows nothing that they do not. */
function hidden(rendered: RenderedText): RenderedText {
  if (rendered.objects === rendered.built || !hasSecret(rendered.objects)) return rendered;
  return { ...rendered, text: () => documentsOf(withoutSecretValues(rendered.objects)) };
}

function show(shown: Shown, options: Arguments['options'], io: Io): void {
  const out = typeof options.out === 'string' ? path.resolve(io.cwd, options.out) : undefined;
  const { kustomizations, releases, reveal } = shown;
  const index = `${JSON.stringify([...kustomizations.map(indexEntry), ...releases.map(releaseEntry)], null, 2)}\n`;
  if (out !== undefined) writeOut(out, shown, index);
  if (isJson(options.output)) io.stdout.write(index);
  else if (out === undefined) {
    for (const one of kustomizations) io.stdout.write(one.text());
    for (const one of releases) io.stdout.write(textOf(one, reveal));
  }
  io.stderr.write(summary(kustomizations));
  io.stderr.write(closedSummary(kustomizations));
  if (releases.length > 0) io.stderr.write(releaseSummary(releases));
}

function writeOut(out: string, { kustomizations, releases }: Shown, index: string): void {
  for (const one of kustomizations) if (one.status === 'built') writeEntry(out, 'kustomization', one, one.text());
  for (const one of releases) if (one.status === 'built') writeEntry(out, 'helmrelease', one, textOf(one, false));
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(path.join(out, 'index.json'), index);
}

function writeEntry(out: string, kind: string, one: { namespace: string; name: string }, text: string): void {
  const file = path.join(out, kind, one.namespace, `${one.name}.yaml`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

/** In the order in which an installation applies them. */
function textOf(release: RenderedRelease, reveal: boolean): string {
  const objects = inInstallOrder(release);
  return (reveal ? objects : withoutSecretValues(objects)).map((object) => `---\n${writeGoYaml(object)}`).join('');
}

function releaseEntry(one: RenderedRelease) {
  return {
    kind: 'HelmRelease',
    namespace: one.namespace,
    name: one.name,
    path: one.chart,
    parent: one.parent,
    status: one.status,
    reason: one.reason ?? one.error?.message ?? null,
    objects: inInstallOrder(one).length,
    seconds: Number(one.seconds.toFixed(4)),
    engine: one.status === 'skipped' ? null : 'helm',
    ...(one.isSuspended && { suspended: true }),
    ...(one.unknownValues.length > 0 && { unknownValues: one.unknownValues }),
    ...(one.secretValues !== undefined && { secretValues: one.secretValues.names }),
  };
}

const MAX_SKIPPED_SHOWN = 5;

function releaseSummary(releases: readonly RenderedRelease[]): string {
  const count = (status: RenderedRelease['status']): number => releases.filter((one) => one.status === status).length;
  const [absent, skipped] = withoutCharts(releases.filter(({ status }) => status === 'skipped'));
  const lines = skipped
    .slice(0, MAX_SKIPPED_SHOWN)
    .map(({ namespace, name, reason }) => `skipped  HelmRelease/${namespace}/${name}: ${reason ?? ''}\n`);
  const more = skipped.length - lines.length;
  if (more > 0) lines.push(`skipped  ${more} more HelmReleases; \`-o json\` says why\n`);
  if (absent.length > 0) lines.push(absentCharts(absent));
  const without = releases.filter(({ status, unknownValues }) => status === 'built' && unknownValues.length > 0);
  for (const { namespace, name, unknownValues } of without) {
    lines.push(
      `partial  HelmRelease/${namespace}/${name}: rendered without the values of ${unknownValues.join(', ')}\n`,
    );
  }
  const objects = releases.reduce((sum, one) => sum + inInstallOrder(one).length, 0);
  return `${lines.join('')}${count('built')} HelmReleases rendered, ${count('failed')} failed, ${count('skipped')} skipped; ${objects} objects\n`;
}

/** Those that want nothing but their chart, where they are several: one line says it of all. */
function withoutCharts(skipped: readonly RenderedRelease[]): readonly [RenderedRelease[], readonly RenderedRelease[]] {
  const absent = skipped.filter(
    ({ reason }) => reason?.startsWith('its chart ') === true && reason.endsWith(CHARTS_HINT),
  );
  return absent.length < 2 ? [[], skipped] : [absent, skipped.filter((one) => !absent.includes(one))];
}

function absentCharts(absent: readonly RenderedRelease[]): string {
  const charts = [...new Set(absent.map(({ chart }) => chart))].sort();
  const more = charts.length - MAX_SKIPPED_SHOWN;
  const names = `${charts.slice(0, MAX_SKIPPED_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return `skipped  ${absent.length} HelmReleases, since their charts are not here (${names}): \`helm pull\` these into a folder, and name that by --chart-dir; --no-helm does without\n`;
}

function indexEntry(one: Rendered) {
  const closed = one.encrypted.filter(({ isOpen }) => !isOpen).map(nameOfPart);
  return {
    kind: 'Kustomization',
    namespace: one.namespace,
    name: one.name,
    path: one.path,
    parent: one.parent ?? null,
    status: one.status,
    reason: one.reason ?? one.error?.message ?? null,
    objects: one.objects.length,
    seconds: Number(one.seconds.toFixed(4)),
    engine: one.engine ?? null,
    ...(one.isSuspended && { suspended: true }),
    ...(one.unknownVariables.length > 0 && { unknownVariables: one.unknownVariables }),
    ...(one.encrypted.length > 0 && { decrypted: one.encrypted.length - closed.length, stillEncrypted: closed }),
  };
}

/** Its file, or the object where that is not known. */
function nameOfPart({ file, object }: Rendered['encrypted'][number]): string {
  return file ?? (object === undefined ? '' : formatIdentity(object));
}

function closedSummary(rendered: readonly Rendered[]): string {
  const closed = rendered.flatMap(({ encrypted }) => encrypted.filter(({ isOpen }) => !isOpen));
  if (closed.length === 0) return '';
  // A file of a component is one part of each Kustomization that takes it.
  const names = [...new Set(closed.map(nameOfPart))];
  const shown = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  return `${names.length === 1 ? 'One encrypted part stays' : `${names.length} encrypted parts stay`} as in git, since no key here opens ${names.length === 1 ? 'it' : 'them'} (${shown}).\n`;
}

function within(error: SlipwayError, object: string): SlipwayError {
  const { code, message, remedy, place, exitStatus, cause } = error;
  return new SlipwayError({
    code,
    message,
    remedy,
    exitStatus,
    cause,
    place: { ...place, object: place.object ?? object },
  });
}

function summary(rendered: readonly RenderedText[]): string {
  const count = (status: Rendered['status']): number => rendered.filter((one) => one.status === status).length;
  const objects = rendered.reduce((sum, one) => sum + one.objects.length, 0);
  const skipped = rendered
    .filter(({ status }) => status === 'skipped')
    .map(({ namespace, name, reason }) => `skipped  Kustomization/${namespace}/${name}: ${reason ?? ''}\n`);
  const unknown = [...new Set(rendered.flatMap(({ unknownVariables }) => unknownVariables))];
  const hint =
    unknown.length === 0
      ? ''
      : `${unknown.length === 1 ? 'One variable has' : `${unknown.length} variables have`} no value here (${unknown.slice(0, 5).join(', ')}${unknown.length > 5 ? ', …' : ''}); --cluster-var NAME=VALUE gives one.\n`;
  return `${skipped.join('')}${hint}${count('built')} Kustomizations built, ${count('failed')} failed, ${count('skipped')} skipped; ${objects} objects\n`;
}

function folderOf(directory: string): string {
  if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return fs.realpathSync(directory);
  throw wrongUse(`There is no folder ${directory}.`);
}

function wrongUse(message: string): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy: 'Run `slipway build --help`.', exitStatus: 2 });
}
