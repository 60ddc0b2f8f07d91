import { SlipwayError, formatError } from '../../errors.ts';
import { type ClusterDiff, diffSnapshots, resolvePath, type Snapshot } from '../../flux/index.ts';
import {
  cachedWalk,
  ENTRY,
  gitRoot,
  mergeBase,
  type ReleaseSide,
  releaseSnapshots,
  MaskedValues,
  type Rendered,
  type WalkOptions,
} from '../../render/index.ts';
import { CLUSTER_HELP, CLUSTER_OPTIONS } from '../cluster-options.ts';
import type { Arguments, Command, Io, Status } from '../command.ts';
import { cacheOf, engineOf, entryOf, keyringOf, mapOption, releaseOptionsOf, sourcesOf } from '../render-options.ts';
import { terminalOf } from '../terminal.ts';
import { sideLines } from './side-lines.ts';
import { placesOf, type Presentation } from './places.ts';
import { type Side, treeOf } from './side.ts';

type Format = (diff: ClusterDiff, shown: Presentation) => string;

const FORMATS: Readonly<Record<string, () => Promise<Format>>> = {
  text: async () => (await import('./as-text.ts')).asText,
  json: async () => (await import('./as-data.ts')).asJson,
  markdown: async () => (await import('./as-markdown.ts')).asMarkdown,
  html: async () => (await import('./as-html.ts')).asHtml,
};

export const diff: Command = {
  options: {
    ...CLUSTER_OPTIONS,
    live: { type: 'boolean' },
    entry: { type: 'string' },
    engine: { type: 'string' },
    'allow-remote-bases': { type: 'boolean' },
    source: { type: 'string', multiple: true },
    'cluster-var': { type: 'string', multiple: true },
    'chart-dir': { type: 'string' },
    kubernetes: { type: 'string' },
    'api-versions': { type: 'string', multiple: true },
    'no-helm': { type: 'boolean' },
    typescript: { type: 'boolean' },
    'no-cache': { type: 'boolean' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway diff [A] [B] [--entry PATH] [-o text|json|markdown|html]
       slipway diff --live [B] [--source KIND/NS/NAME=DIR] [-o text|json|markdown|html]

Shows what a change does to the cluster, without one: which objects are added, removed and changed, field by field; what
stays though git no longer has it; what moves between Kustomizations; which of them wait. Danger comes first. So for the
objects of every HelmRelease whose chart is here.

A and B are git revisions or folders. By default A is where this branch left its upstream, and B the working tree.

With --live it shows what a sync of B would change in the cluster now, drift included: by dry runs, which write nothing.

  -o markdown, -o html   for a comment on a pull request; one page that needs nothing else
  --typescript           of what synth wrote, names the line that made it too: that runs the program of this project
  --entry and others     as for \`slipway build\`
  --source ...           with --live: what sources will hold. Default: B, in the GitRepository that it is a clone of
${CLUSTER_HELP}
Ends with 0 if the cluster stays as it is, 1 if something changes.

Examples:
  slipway diff
  slipway diff main HEAD -o markdown
  slipway diff v1.2 . --entry clusters/production
  slipway diff --live
`,
  async run({ options, operands }, io): Promise<Status> {
    const [a, b, more] = operands;
    if (more !== undefined) throw wrongUse(`There is one operand too many: ${more}.`);
    const format = FORMATS[typeof options.output === 'string' ? options.output : 'text'];
    if (format === undefined) throw wrongUse(`There is no output format '${String(options.output)}'.`);
    if (options.live === true) {
      if (b !== undefined) throw wrongUse(`--live takes one operand, and ${b} is another.`);
      // What talks to a cluster is loaded for that alone.
      const { diffLive } = await import('./live.ts');
      return diffLive({ options, operands }, io, await format());
    }
    const repository = gitRoot(io.cwd);
    const before = a ?? (repository === undefined ? undefined : mergeBase(repository));
    if (before === undefined) throw wrongUse('There is nothing to compare with: name a folder or a git revision.');
    const [left, right] = [treeOf(before, repository, io.cwd), treeOf(b ?? repository ?? '.', repository, io.cwd)];
    const keyring = keyringOf(io);
    const told = new Map<string, string[]>();
    const render = (side: Side): Promise<RenderedSide> =>
      rendered(side, keyring, options, io, (line) => {
        told.set(line, [...(told.get(line) ?? []), side.name]);
      });
    const sides = [await render(left), await render(right)] as const;
    // Of a folder that neither side has this tells which there are.
    if (sides.every(({ isEmpty }) => isEmpty)) entryOf(options.entry, right.tree, () => undefined);
    // What is so on both sides is told once.
    for (const [line, names] of told) io.stderr.write(`${[...new Set(names)].join(', ')}: ${line}`);
    const [old, now] = sides.map(({ rendered: kustomizations }) => kustomizations.map(appliedOf));
    const none = { before: [], after: [], unseen: [] };
    const releases = options['no-helm'] === true ? none : await releaseSnapshots(...sides);
    const found = diffSnapshots(
      [...(old ?? []), ...releases.before],
      [...(now ?? []), ...releases.after],
      releases.unseen,
    );
    const lines = options.typescript === true ? sideLines(right, repository, io) : async () => Promise.resolve([]);
    const places = await placesOf(found, sides[0].rendered, sides[1].rendered, lines);
    const write = await format();
    io.stdout.write(write(found, { compared: [left, right], places, paint: terminalOf(io).paint }));
    return found.changes.length === 0 ? 0 : 1;
  },
};

interface RenderedSide extends ReleaseSide {
  /** It has no folder of the name of the entry. */
  readonly isEmpty: boolean;
}

async function rendered(
  { tree, name }: Side,
  keyring: WalkOptions['keyring'],
  options: Arguments['options'],
  io: Io,
  say: (line: string) => void,
): Promise<RenderedSide> {
  const named = typeof options.entry === 'string' ? resolvePath('', options.entry) : undefined;
  const how: WalkOptions = {
    tree,
    // Whether there is the one that is named the walk says, which for a commit may know it without git.
    entry: named ?? entryOf(options.entry, tree, say),
    engine: engineOf(options, io),
    sources: sourcesOf(options.source, io.cwd),
    variables: mapOption(options['cluster-var'], '--cluster-var'),
    keyring,
    maskedValues: new MaskedValues(),
  };
  const walked = await cachedWalk(how, cacheOf(options, io));
  // A side that has no such folder has nothing: the cluster begins, or ends.
  const isEmpty = walked.length === 1 && walked[0]?.name === ENTRY && walked[0].error?.code === 'render/no-folder';
  const kustomizations = isEmpty ? [] : walked;
  for (const { error } of kustomizations) if (error !== undefined) say(`${formatError(error, 'warning')}\n`);
  return { name, rendered: kustomizations, options: releaseOptionsOf(options, how, io), isEmpty };
}

function appliedOf({ namespace, name, spec, objects, status }: Rendered): Snapshot[number] {
  return { kustomization: `${namespace}/${name}`, spec, objects, isWhole: status === 'built' };
}

function wrongUse(message: string): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy: 'Run `slipway diff --help`.', exitStatus: 2 });
}
