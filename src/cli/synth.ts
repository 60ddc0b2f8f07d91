import fs from 'node:fs';
import path from 'node:path';
import {
  checkCreationRules,
  encryptedOf,
  locationOf,
  refuseDifferentRules,
  summary,
  writeCreationRules,
  type Cluster,
  type CreationRulesChange,
} from '../../constructs/index.ts';
import { SlipwayError, formatError } from '../errors.ts';
import { checkTree, differenceText, isUnchanged, mayHoldSecret, writeTree, type TreeChanges } from '../tree/index.ts';
import { isJson, type Command, type Io } from './command.ts';
import { loadProgram } from './load-program.ts';
import { AHEAD, awaitGo, watchAndSynth } from './watch.ts';

/** Whether the tree is written, only compared, or written once more of a watch. */
type Mode = 'write' | 'check' | 'watch';

const MAX_LISTED = 30;
/** Of how many changed files the difference is shown. After a save it has to fit where a person looks. */
const SHOWN_DIFFERENCES: Readonly<Record<Mode, number>> = { write: 0, check: MAX_LISTED, watch: 5 };

export const synth: Command = {
  options: {
    app: { type: 'string' },
    check: { type: 'boolean' },
    'allow-missing': { type: 'boolean' },
    watch: { type: 'boolean' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway synth [--check | --watch] [--allow-missing] [--app FILE] [-o json]

Runs the program that cdk8s.yaml names and brings the tree up to date with it: what differs is written, what it once
wrote and no longer makes is deleted, and nothing else is touched. Where nothing differs nothing is written. The
project's .sops.yaml is made of the recipients that the program names, unless a person wrote it.

  --check      write nothing; show what differs, and end with status 1 if anything does
  --watch      synthesize again after each save, and show what that changed, until Ctrl-C
  --allow-missing
               leave out secrets whose SOPS files are not there yet, with a warning
  --app FILE   run this program in place of the one that cdk8s.yaml names
  -o json      print the changes as JSON, a list of clusters

Example:
  slipway synth && git diff kubernetes
`,
  async run({ options, operands }, io) {
    if (operands[0] !== undefined) throw unexpected(operands[0]);
    const asJson = isJson(options.output);
    const app = typeof options.app === 'string' ? options.app : undefined;
    const allowMissing = options['allow-missing'] === true;
    const isCheck = options.check === true;
    if (options.watch === true) {
      if (isCheck) throw checkAndWatch();
      const args = [
        ...(app === undefined ? [] : ['--app', app]),
        ...(allowMissing ? ['--allow-missing'] : []),
        ...(asJson ? ['-o', 'json'] : []),
      ];
      return watchAndSynth(args, io);
    }
    const isWatched = io.env[AHEAD] !== undefined;
    if (isWatched) await awaitGo(io);
    const mode: Mode = isCheck ? 'check' : isWatched ? 'watch' : 'write';
    const started = performance.now();
    const clusters = await loadProgram(io.cwd, app);
    refuseSharedTrees(clusters);
    refuseDifferentRules(clusters);
    // Every tree is made and checked before the first one is written.
    const trees = clusters.map((cluster) => {
      const { tree, warnings, judged, creationRules } = cluster.assemble({ allowMissing });
      for (const warning of warnings) io.stderr.write(`${formatError(warning, 'warning')}\n`);
      checkCreationRules(creationRules, cluster.project);
      return { cluster, tree, judged, creationRules, location: locationOf(cluster) };
    });
    if (trees.length > 1) for (const { tree, location } of trees) checkTree(tree, location);
    const finish = isCheck ? checkTree : writeTree;
    const finishRules = isCheck ? checkCreationRules : writeCreationRules;
    const results = trees.map(({ cluster, tree, creationRules, location }): Result => ({
      cluster,
      changes: finish(tree, location),
      rules: finishRules(creationRules, cluster.project),
    }));
    if (!isCheck) for (const { judged } of trees) judged.save();
    if (asJson) io.stdout.write(`${JSON.stringify(results.map(toData), null, 2)}\n`);
    else for (const result of results) show(result, mode, started, io);
    return isCheck && !results.every(isUpToDate) ? 1 : 0;
  },
};

interface Result {
  readonly cluster: Cluster;
  readonly changes: TreeChanges;
  /** What happened to the project's `.sops.yaml`. */
  readonly rules: CreationRulesChange;
}

function isUpToDate({ changes, rules }: Result): boolean {
  return isUnchanged(changes) && rules === 'unchanged';
}

function show(result: Result, mode: Mode, started: number, io: Io): void {
  const { cluster, changes, rules } = result;
  const prefix = `${cluster.directory}/`;
  const lines = [
    ...(rules === 'unchanged' ? [] : [`${rules}  .sops.yaml`]),
    ...listed('created', changes.created, prefix),
    ...listed('changed', changes.changed, prefix),
    ...listed('deleted', changes.deleted, prefix),
    ...changes.abandoned.map((what) => `left     ${prefix}${what}`),
  ];
  for (const line of lines.slice(0, MAX_LISTED)) io.stdout.write(`${line}\n`);
  if (lines.length > MAX_LISTED) io.stdout.write(`… and ${lines.length - MAX_LISTED} more\n`);
  for (const difference of differences(changes, mode)) io.stdout.write(`\n${difference}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(2);
  io.stdout.write(`${lines.length > 0 ? '\n' : ''}${cluster.name}: ${summary(changes)} (${seconds} s)\n`);
  io.stdout.write(nextStep(result, mode));
}

function listed(what: string, files: readonly { path: string }[], prefix: string): string[] {
  return files.map(({ path }) => `${what}  ${prefix}${path}`).sort();
}

function differences(changes: TreeChanges, mode: Mode): string[] {
  const [was, is] = mode === 'check' ? ['as it is', 'as synth makes it'] : ['before', 'now'];
  return changes.changed
    .slice(0, SHOWN_DIFFERENCES[mode])
    .filter(({ file, before }) => !mayHoldSecret(file, before))
    .map(({ path, before, file }) => differenceText(path, before, file.content, was, is));
}

function nextStep(result: Result, mode: Mode): string {
  if (isUpToDate(result) || mode === 'watch') return '';
  if (mode === 'check') return 'The tree is not what the program describes. Next: slipway synth\n';
  const { cluster, rules } = result;
  const hasSecrets = fs.existsSync(path.join(cluster.project, 'secrets')) && encryptedOf(cluster).length > 0;
  const files = [
    ...(rules === 'unchanged' ? [] : ['.sops.yaml']),
    ...(hasSecrets ? ['secrets'] : []),
    cluster.directory,
  ];
  return `Next: git add ${files.join(' ')} && git commit\n`;
}

function toData({ cluster, changes, rules }: Result): object {
  const paths = (files: readonly { path: string }[]): string[] => files.map(({ path }) => path);
  return {
    cluster: cluster.name,
    directory: cluster.directory,
    created: paths(changes.created),
    changed: paths(changes.changed),
    deleted: paths(changes.deleted),
    abandoned: changes.abandoned,
    unchanged: changes.unchanged,
    creationRules: rules,
  };
}

/** One of two clusters in one folder, or in a folder of the other's, would take the other's files for stale ones. */
function refuseSharedTrees(clusters: readonly Cluster[]): void {
  const roots = clusters.map((cluster) => ({ cluster, root: `${locationOf(cluster).root}/` }));
  for (const [index, { cluster, root }] of roots.entries()) {
    const other = roots.slice(0, index).find((one) => one.root.startsWith(root) || root.startsWith(one.root));
    if (other === undefined) continue;
    throw new SlipwayError({
      code: 'synth/shared-directory',
      message: `The clusters ${other.cluster.name} and ${cluster.name} have their trees in one folder.`,
      remedy: 'Give each a `directory` of its own.',
      exitStatus: 2,
    });
  }
}

function checkAndWatch(): SlipwayError {
  return new SlipwayError({
    code: 'cli/usage',
    message: '`--watch` writes the tree, and `--check` writes nothing.',
    remedy: 'Leave one of them out.',
    exitStatus: 2,
  });
}

function unexpected(operand: string): SlipwayError {
  return new SlipwayError({
    code: 'cli/usage',
    message: `\`slipway synth\` takes no '${operand}'.`,
    remedy: 'Name the program with --app FILE.',
    exitStatus: 2,
  });
}
