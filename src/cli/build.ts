import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, formatError } from '../errors.ts';
import {
  cachedWalk,
  DiskTree,
  documentsOf,
  type Rendered,
  type RenderedText,
  type WalkOptions,
} from '../render/index.ts';
import { isJson, type Arguments, type Command, type Io, type Status } from './command.ts';
import { cacheOf, engineOf, entryOf, mapOption, sourcesOf } from './render-options.ts';

export const build: Command = {
  options: {
    entry: { type: 'string' },
    out: { type: 'string' },
    engine: { type: 'string' },
    source: { type: 'string', multiple: true },
    'cluster-var': { type: 'string', multiple: true },
    'no-substitute': { type: 'boolean' },
    'no-cache': { type: 'boolean' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway build [DIR] [--entry PATH] [--out OUT]

Renders a Flux repository without a cluster: every Kustomization that the cluster would come to from the entry folder, and
the objects that Flux would apply for each, in the order of apply. DIR is the repository (default: this folder); it need
not be a git repository, and Slipway need not have made it.

  --entry PATH              the folder that the cluster is told to sync first; without it, the likely ones are tried
  --out OUT                 write OUT/kustomization/NAMESPACE/NAME.yaml and OUT/index.json in place of printing
  --source KIND/NS/NAME=DIR where the artifact of another source is
  --cluster-var K=V         a variable of post-build substitution that only the cluster has; may be given several times
  --no-substitute           leave post-build substitution out, and show what kustomize makes
  --engine=kustomize        always build by the real kustomize
  --no-cache                do not keep, or use, what was made before
  -o json                   print the index as JSON

Values of Secrets are never shown: a variable of one stands as ..PLACEHOLDER_NAME..

Examples:
  slipway build --entry kubernetes/flux/config
  slipway build ~/home-ops --entry kubernetes/flux/cluster --out /tmp/rendered
`,
  run({ options, operands }, io): Status {
    const directory = path.resolve(io.cwd, operands[0] ?? '.');
    if (operands.length > 1) throw wrongUse(`There is one folder too many: ${String(operands[1])}.`);
    isJson(options.output);
    const tree = new DiskTree(folderOf(directory));
    const how: WalkOptions = {
      tree,
      entry: entryOf(options.entry, tree),
      engine: engineOf(options, io),
      sources: sourcesOf(options.source, io.cwd),
      variables: mapOption(options['cluster-var'], '--cluster-var'),
    };
    const rendered = cachedWalk(how, cacheOf(options, io));
    for (const one of rendered) {
      if (one.error !== undefined) io.stderr.write(`${formatError(inKustomization(one.error, one))}\n`);
    }
    show(options['no-substitute'] === true ? rendered.map(asBuilt) : rendered, options, io);
    return rendered.some(({ status }) => status === 'failed') ? 1 : 0;
  },
};

function asBuilt(rendered: RenderedText): RenderedText {
  return { ...rendered, objects: rendered.built, text: () => documentsOf(rendered.built) };
}

function show(rendered: readonly RenderedText[], options: Arguments['options'], io: Io): void {
  const out = typeof options.out === 'string' ? path.resolve(io.cwd, options.out) : undefined;
  if (out !== undefined) writeOut(out, rendered);
  if (isJson(options.output)) io.stdout.write(`${JSON.stringify(rendered.map(indexEntry), null, 2)}\n`);
  else if (out === undefined) for (const one of rendered) io.stdout.write(one.text());
  io.stderr.write(summary(rendered));
}

function writeOut(out: string, rendered: readonly RenderedText[]): void {
  for (const one of rendered) {
    if (one.status !== 'built') continue;
    const file = path.join(out, 'kustomization', one.namespace, `${one.name}.yaml`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, one.text());
  }
  fs.mkdirSync(out, { recursive: true });
  fs.writeFileSync(path.join(out, 'index.json'), `${JSON.stringify(rendered.map(indexEntry), null, 2)}\n`);
}

function indexEntry(one: Rendered) {
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
  };
}

function inKustomization(error: SlipwayError, { namespace, name }: Rendered): SlipwayError {
  const { code, message, remedy, place, exitStatus, cause } = error;
  const object = place.object ?? `Kustomization/${namespace}/${name}`;
  return new SlipwayError({ code, message, remedy, exitStatus, cause, place: { ...place, object } });
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
