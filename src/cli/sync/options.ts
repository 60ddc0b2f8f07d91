import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { parseDuration } from '../../flux/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { DEFAULT_POLICY, type Policy } from '../../reconciler/index.ts';
import { CHANGE_OPTIONS } from '../cluster.ts';
import { clusterFolders } from '../cluster-folders.ts';
import { type Arguments, type Io, isJson } from '../command.ts';
import { mapOption } from '../render-options.ts';
import { createReport } from './report.ts';
import type { SessionOptions } from './session.ts';

/** Of every command that reconciles. */
export const RECONCILE_OPTIONS = {
  ...CHANGE_OPTIONS,
  'source-dir': { type: 'string' },
  source: { type: 'string', multiple: true },
  'audit-log': { type: 'string' },
  'storage-path': { type: 'string' },
  'flux-namespace': { type: 'string' },
  'no-cross-namespace-refs': { type: 'boolean' },
  'override-manager': { type: 'string', multiple: true },
  'custom-apply-stage-kinds': { type: 'string', multiple: true },
  'interval-jitter-percentage': { type: 'string' },
  'feature-gates': { type: 'string', multiple: true },
  'default-service-account': { type: 'string' },
  'default-kubeconfig-service-account': { type: 'string' },
  'sops-age-secret': { type: 'string' },
  'allow-broken-mac': { type: 'boolean' },
  'leader-election-lease-duration': { type: 'string' },
  'leader-election-renew-deadline': { type: 'string' },
  'leader-election-retry-period': { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const;

export const RECONCILE_HELP = `  --source-dir DIR           takes the working tree DIR in place of the cluster's own git repository
  --source KIND/NS/NAME=DIR  takes a folder, or another URL, in place of a source; any number of times
  --audit-log FILE           where each change is noted; default: below XDG_STATE_HOME, a file a cluster
  --storage-path DIR         where artifacts are kept; default: below XDG_CACHE_HOME, a folder a cluster
  --allow-broken-mac         decrypts files whose MAC is missing or wrong too, as Flux does, and tells of them by events
  -o json                    a line of JSON for each thing that happens

As of Flux's controllers: --no-cross-namespace-refs, --default-service-account NAME,
--default-kubeconfig-service-account NAME, --sops-age-secret NAME, --override-manager NAME,
--custom-apply-stage-kinds KINDS, --interval-jitter-percentage N, --leader-election-lease-duration,
--leader-election-renew-deadline, --leader-election-retry-period, and of --feature-gates AdditiveCELDependencyCheck,
DisableFailFastBehavior, MigrateAPIVersion and StrictPostBuildSubstitutions; --flux-namespace NAME is where their leases and that Secret are (default: flux-system).
`;

/** What the options say about a session, but for the sources; to be asked before anything is done. */
export interface ReconcileOptions extends Omit<
  SessionOptions,
  'client' | 'signal' | 'storage' | 'auditLog' | 'namespace'
> {
  /** `--source-dir`, absolute. */
  readonly sourceDirectory: string | undefined;
  readonly storage: string | undefined;
  readonly auditLog: string | undefined;
}

/** @throws SlipwayError `cli/usage` */
export function reconcileOptions({ options }: Arguments, io: Io): ReconcileOptions {
  const places = [...mapOption(options.source, '--source')];
  for (const [key] of places) {
    if (!/^\w+\/[^/]+\/[^/]+$/.test(key))
      throw wrongUse(`--source takes KIND/NAMESPACE/NAME=PLACE, and this is ${key}.`);
  }
  const isUrl = (place: string): boolean => /^[a-z]+:\/\//.test(place);
  const folders = places
    .filter(([, place]) => !isUrl(place))
    .map(([key, place]) => [key, folderOf(place, io)] as const);
  return {
    io,
    report: createReport(isJson(options.output), io),
    sourceDirectory:
      textOf(options['source-dir']) === undefined ? undefined : folderOf(String(options['source-dir']), io),
    folders: new Map(folders),
    urls: new Map(places.filter(([, place]) => isUrl(place))),
    storage: pathOf(options['storage-path'], io),
    auditLog: pathOf(options['audit-log'], io),
    fluxNamespace: namespaceOf(options),
    policy: policyOf(options),
    defaultServiceAccount: textOf(options['default-service-account']) ?? '',
    leaseTimes: {
      durationMs: durationOf(options, 'leader-election-lease-duration'),
      renewDeadlineMs: durationOf(options, 'leader-election-renew-deadline'),
      retryMs: durationOf(options, 'leader-election-retry-period'),
    },
  };
}

/** The places of what is kept on this machine, with their defaults. */
export async function placesOf(
  { storage, auditLog, io }: ReconcileOptions,
  client: KubeClient,
): Promise<Pick<SessionOptions, 'storage' | 'auditLog'>> {
  if (storage !== undefined && auditLog !== undefined) return { storage, auditLog };
  const folders = await clusterFolders(client, io.env);
  return { storage: storage ?? folders.artifacts, auditLog: auditLog ?? folders.auditLog };
}

function namespaceOf(options: Arguments['options']): string {
  return textOf(options['flux-namespace']) ?? 'flux-system';
}

function policyOf(options: Arguments['options']): Policy {
  const gates = new Map(listOf(options['feature-gates']).map(gateOf));
  const ageSecret = textOf(options['sops-age-secret']);
  return {
    ...DEFAULT_POLICY,
    noCrossNamespaceRefs: options['no-cross-namespace-refs'] === true,
    overrideManagers: listOf(options['override-manager']),
    customApplyStageKinds: listOf(options['custom-apply-stage-kinds']),
    additiveReadyExpr: gates.get('AdditiveCELDependencyCheck') === true,
    strictSubstitutions: gates.get('StrictPostBuildSubstitutions') ?? true,
    migrateApiVersion: gates.get('MigrateAPIVersion') === true,
    intervalJitter: jitterOf(options['interval-jitter-percentage']),
    failFast: gates.get('DisableFailFastBehavior') !== true,
    // Flux: in RUNTIME_NAMESPACE.
    sopsAgeSecret: ageSecret === undefined ? undefined : { namespace: namespaceOf(options), name: ageSecret },
    kubeConfigServiceAccount: textOf(options['default-kubeconfig-service-account']) ?? '',
    allowBrokenMac: options['allow-broken-mac'] === true,
  };
}

/** Any number of times, and with commas between, as Flux takes lists. */
function listOf(option: Arguments['options'][string]): readonly string[] {
  return (Array.isArray(option) ? option : []).flatMap((one) => String(one).split(',')).filter((one) => one !== '');
}

const GATES = [
  'AdditiveCELDependencyCheck',
  'DisableFailFastBehavior',
  'MigrateAPIVersion',
  'StrictPostBuildSubstitutions',
];

function gateOf(text: string): readonly [name: string, isOn: boolean] {
  const [name = '', value] = text.split('=');
  if (!GATES.includes(name)) throw wrongUse(`The feature gate ${name} is not known here; ${GATES.join(', ')} are.`);
  if (value === 'true' || value === 'false') return [name, value === 'true'];
  throw wrongUse(`--feature-gates takes NAME=true or NAME=false, and this is ${text}.`);
}

/** fluxcd/pkg runtime/jitter: IntervalOptions. */
function jitterOf(option: Arguments['options'][string]): number {
  if (option === undefined) return DEFAULT_POLICY.intervalJitter;
  const percentage = /^\d{1,2}$/.test(String(option)) ? Number(option) : undefined;
  if (percentage !== undefined) return percentage;
  throw wrongUse('--interval-jitter-percentage takes a whole number from 0 to 99.');
}

function durationOf(options: Arguments['options'], name: string): number | undefined {
  const given = options[name];
  if (given === undefined) return undefined;
  const duration = typeof given === 'string' ? parseDuration(given) : undefined;
  if (duration !== undefined && duration > 0) return duration;
  throw wrongUse(`--${name} takes a duration such as 35s.`);
}

export function folderOf(place: string, { cwd }: Io): string {
  const folder = path.resolve(cwd, place);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw wrongUse(`There is no folder ${folder}.`);
}

function pathOf(option: Arguments['options'][string], { cwd }: Io): string | undefined {
  return typeof option === 'string' ? path.resolve(cwd, option) : undefined;
}

function textOf(option: Arguments['options'][string]): string | undefined {
  return typeof option === 'string' ? option : undefined;
}

export function wrongUse(message: string): SlipwayError {
  return new SlipwayError({
    code: 'cli/usage',
    message,
    remedy: 'The --help of the command has an example.',
    exitStatus: 2,
  });
}
