import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError } from '../errors.ts';
import { resolvePath, type FileTree } from '../flux/index.ts';
import { findTool } from '../programs.ts';
import {
  type BuildCache,
  chartPlaces,
  createDiskCache,
  createEngine,
  createHelmProgram,
  createKustomizeProgram,
  DiskTree,
  type Engine,
  type ReleaseOptions,
  type WalkOptions,
} from '../render/index.ts';
import type { Keyring } from '../sops/index.ts';
import type { Arguments, Io } from './command.ts';
import { findEntries, namesIn, syncedFolders } from './find-entries.ts';

type Option = Arguments['options'][string];

/** Where repositories have what the cluster is told to sync first: Slipway's own, then what the field's templates make. */
const LIKELY_ENTRIES = ['kubernetes/flux/config', 'kubernetes/flux/cluster', 'flux/cluster', 'cluster/flux'];

/**
 * The entry folder as a path of the tree: the one that is named, the one of a usual name, or the only one whose
 * Kustomizations no other leads to.
 *
 * @param say is told of one that has no usual name
 */
export function entryOf(option: Option, tree: FileTree, say: (line: string) => void): string {
  if (typeof option === 'string') {
    const entry = resolvePath('', option.replace(/^\/+/, ''));
    if (entry !== undefined && tree.isFolder(entry)) return entry;
    const message = `The repository has no folder ${JSON.stringify(option)} for an entry.`;
    throw wrongUse(message, proposal(findEntries(tree)));
  }
  const clusters = tree.list('clusters').filter((name) => name.endsWith('/'));
  const likely = [...LIKELY_ENTRIES, ...clusters.map((name) => `clusters/${name.slice(0, -1)}`)];
  const usual = likely.filter((folder) => tree.isFolder(folder));
  const found = usual.length > 0 ? usual : findEntries(tree);
  const [entry, ...others] = found;
  if (entry === undefined) {
    const message = 'No Flux Kustomization was found here, so it is not known which folder the cluster syncs first.';
    throw wrongUse(message, 'Name the folder of the repository, and in it the entry: --entry clusters/production.');
  }
  if (others.length > 0) {
    const [synced, ...more] = syncedFolders(tree, found);
    if (synced === undefined || more.length > 0) throw severalEntries(tree, found);
    say(
      `The entry is ${synced}, which a FluxInstance syncs. --entry names another, such as ${others.find((one) => one !== synced) ?? entry}.\n`,
    );
    return synced;
  }
  if (usual.length === 0) say(`The entry is ${entry}: no Kustomization leads to it. --entry names another.\n`);
  return entry;
}

const MAX_PROPOSED = 8;
const MAX_NAMES = 4;

function severalEntries(tree: FileTree, entries: readonly string[]): SlipwayError {
  const lines = entries.slice(0, MAX_PROPOSED).map((entry) => {
    const names = namesIn(tree, entry);
    const others = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    return `\n  --entry ${entry}  (Kustomizations: ${names.slice(0, MAX_NAMES).join(', ') || 'none'}${others})`;
  });
  const more = entries.length > MAX_PROPOSED ? `\n  and ${entries.length - MAX_PROPOSED} more` : '';
  return wrongUse(
    'Several folders may be what a cluster syncs first: they may be several clusters, or one be left from earlier.',
    `Name the one that is meant:${lines.join('')}${more}`,
  );
}

function proposal(entries: readonly string[]): string | undefined {
  if (entries.length === 0) return undefined;
  const more = entries.length - MAX_PROPOSED;
  const names = entries.slice(0, MAX_PROPOSED).map((entry) => `--entry ${entry}`);
  return `Name one: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

/** Undefined where it is not wanted. */
export function cacheOf(options: Arguments['options'], io: Io): BuildCache | undefined {
  // What is on a network may be another tomorrow under the same name.
  const isKept = options['no-cache'] !== true && options['allow-remote-bases'] !== true;
  return isKept ? createDiskCache(cacheFolder(io.env)) : undefined;
}

export function engineOf(options: Arguments['options'], io: Io): Engine {
  const { engine } = options;
  if (engine !== undefined && engine !== 'native' && engine !== 'kustomize') {
    throw wrongUse(`There is no engine ${JSON.stringify(engine)}: it is native or kustomize.`);
  }
  const network = options['allow-remote-bases'] === true ? io.env : undefined;
  const program = createKustomizeProgram(findTool('kustomize', undefined, io.env.PATH), cacheOf(options, io), network);
  return createEngine(program, engine === 'kustomize');
}

/** The identities of the environment, looked for when they are first asked for. */
export function keyringOf(io: Io): NonNullable<WalkOptions['keyring']> {
  let keyring: Promise<Keyring> | undefined;
  // Most repositories have nothing that needs one, and what SOPS needs is much to load.
  return () => (keyring ??= import('./secrets/files.ts').then(({ keyringFrom }) => keyringFrom(io)));
}

/** XDG Base Directory Specification. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const { XDG_CACHE_HOME: given = '' } = env;
  return path.join(path.isAbsolute(given) ? given : path.join(os.homedir(), '.cache'), 'slipway', 'rendered');
}

/** `--source kind/ns/name=DIR`, any number of times. */
export function sourcesOf(option: Option, cwd: string): ReadonlyMap<string, FileTree> {
  const entries = [...mapOption(option, '--source')];
  return new Map(entries.map(([key, folder]) => [key, new DiskTree(path.resolve(cwd, folder))]));
}

/** How HelmReleases of a walk are rendered: `--chart-dir`, `--kubernetes`, `--api-versions`. */
export function releaseOptionsOf(
  options: Arguments['options'],
  { tree, engine, sources = new Map(), maskedValues }: WalkOptions,
  io: Io,
): ReleaseOptions {
  const { kubernetes, 'chart-dir': charts } = options;
  if (kubernetes !== undefined && (typeof kubernetes !== 'string' || !/^v?\d+\.\d+(?:\.\d+)?$/.test(kubernetes))) {
    throw wrongUse(`--kubernetes takes a release such as 1.35, and this is ${JSON.stringify(kubernetes)}.`);
  }
  const folder = typeof charts === 'string' ? path.resolve(io.cwd, charts) : undefined;
  if (folder !== undefined && fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw wrongUse(`There is no folder ${folder} for --chart-dir.`);
  }
  const program = findTool('helm', undefined, io.env.PATH);
  const cache = cacheOf(options, io);
  return {
    tree,
    sources,
    places: chartPlaces(folder, io.env),
    helm: program === undefined ? undefined : createHelmProgram(program, cache),
    engine,
    kubernetes,
    apiVersions: apiVersionsOf(options['api-versions']),
    cache,
    maskedValues,
  };
}

/** As helm takes them: any number of times, and several at once with commas between. */
function apiVersionsOf(option: Option): readonly string[] {
  return (Array.isArray(option) ? option : []).flatMap((list) => String(list).split(',')).filter((one) => one !== '');
}

/** `K=V`, any number of times. */
export function mapOption(option: Option, name: string): ReadonlyMap<string, string> {
  const given = Array.isArray(option) ? option : [];
  return new Map(
    given.map((pair) => {
      const at = String(pair).indexOf('=');
      if (at > 0) return [String(pair).slice(0, at), String(pair).slice(at + 1)];
      throw wrongUse(`${name} takes NAME=VALUE, and this is ${JSON.stringify(pair)}.`);
    }),
  );
}

function wrongUse(message: string, remedy = 'The --help of the command has examples.'): SlipwayError {
  return new SlipwayError({
    code: 'cli/usage',
    message,
    remedy,
    exitStatus: 2,
  });
}
