import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { ownerOf, writeGoYaml } from '../../flux/index.ts';
import { checkRepository, type Finding } from '../../render/check/index.ts';
import {
  cachedWalk,
  DiskTree,
  MaskedValues,
  type Rendered,
  renderReleases,
  walk,
  type WalkOptions,
} from '../../render/index.ts';
import type { Arguments, Command, Status } from '../command.ts';
import { cacheOf, engineOf, entryOf, keyringOf, mapOption, releaseOptionsOf, sourcesOf } from '../render-options.ts';
import { asJson, asJunit, asSarif, asText } from './formats.ts';

const FORMATS = ['text', 'json', 'junit', 'sarif'];

export const test: Command = {
  options: {
    entry: { type: 'string' },
    engine: { type: 'string' },
    'allow-remote-bases': { type: 'boolean' },
    'verify-engine': { type: 'boolean' },
    kubernetes: { type: 'string' },
    source: { type: 'string', multiple: true },
    'cluster-var': { type: 'string', multiple: true },
    'chart-dir': { type: 'string' },
    'api-versions': { type: 'string', multiple: true },
    'no-helm': { type: 'boolean' },
    'no-cache': { type: 'boolean' },
    output: { type: 'string', short: 'o' },
  },
  help: `Usage: slipway test [DIR] [--entry PATH] [--kubernetes 1.N] [-o text|json|junit|sarif]

Finds all that can be wrong with a Flux repository, without a cluster: folders that do not build, sources that are not
there, variables without a value, dependencies on nothing or in a circle, objects that two apply, objects
that the API server would refuse, Secrets in plain text or that their Kustomization would not open; and so for what helm
makes of every HelmRelease whose chart is here, with values that the chart's schema refuses.

  --kubernetes 1.N     the release that the cluster has, for which API versions it serves
  --verify-engine      build everything by the real kustomize too, and compare
  --entry and others   as for \`slipway build\`

Ends with 1 if there is an error; warnings and notes do not count.

Examples:
  slipway test
  slipway test ~/home-ops --entry kubernetes/flux/cluster -o sarif > slipway.sarif
`,
  async run({ options, operands }, io): Promise<Status> {
    if (operands[1] !== undefined) throw wrongUse(`There is one folder too many: ${operands[1]}.`);
    const output = typeof options.output === 'string' ? options.output : 'text';
    if (!FORMATS.includes(output)) throw wrongUse(`There is no output format '${output}'.`);
    const kubernetesMinor = minorOf(options.kubernetes);
    const directory = path.resolve(io.cwd, operands[0] ?? '.');
    if (fs.statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw wrongUse(`There is no folder ${directory}.`);
    }
    const tree = new DiskTree(fs.realpathSync(directory));
    const keyring = keyringOf(io);
    const how: WalkOptions = {
      tree,
      entry: entryOf(options.entry, tree, (line) => io.stderr.write(line)),
      engine: engineOf(options, io),
      sources: sourcesOf(options.source, io.cwd),
      variables: mapOption(options['cluster-var'], '--cluster-var'),
      keyring,
      maskedValues: new MaskedValues(),
    };
    const rendered = await cachedWalk(how, cacheOf(options, io));
    const releases =
      options['no-helm'] === true ? [] : await renderReleases(rendered, releaseOptionsOf(options, how, io));
    const findings = [
      ...(await checkRepository(rendered, {
        kubernetesMinor,
        releases,
        given: new Set(how.sources?.keys()),
        hasKeys: !(await keyring()).isEmpty,
      })),
      ...(options['verify-engine'] === true
        ? disagreements(rendered, await walk({ ...how, engine: engineOf({ ...options, engine: 'kustomize' }, io) }))
        : []),
    ];
    const appliers = [
      ...rendered.map(({ namespace, name }) => ({ kustomization: `${namespace}/${name}` })),
      ...releases.map(({ namespace, name, parent }) => ({ kustomization: parent, release: `${namespace}/${name}` })),
    ].map(ownerOf);
    if (output === 'json') io.stdout.write(asJson(findings));
    else if (output === 'junit') io.stdout.write(asJunit(findings, appliers));
    else if (output === 'sarif') io.stdout.write(asSarif(findings));
    else io.stdout.write(`${asText(findings)}${summary(rendered.length, releases.length, findings)}\n`);
    return findings.some(({ severity }) => severity === 'error') ? 1 : 0;
  },
};

function summary(kustomizations: number, releases: number, findings: readonly Finding[]): string {
  const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
  const of = (severity: Finding['severity']): string =>
    count(findings.filter((finding) => finding.severity === severity).length, severity);
  const helm = releases === 0 ? '' : `, ${count(releases, 'HelmRelease')}`;
  const notes = findings.some(({ severity }) => severity === 'note') ? `, ${of('note')}` : '';
  return `${count(kustomizations, 'Kustomization')}${helm}: ${of('error')}, ${of('warning')}${notes}`;
}

/** What the native builder makes in another way than kustomize: a defect of Slipway, never of the repository. */
function disagreements(native: readonly Rendered[], real: readonly Rendered[]): readonly Finding[] {
  const text = (one: Rendered | undefined): string => (one?.built ?? []).map(writeGoYaml).join('---\n');
  const others = new Map(real.map((one) => [`${one.namespace}/${one.name}`, one]));
  return native.flatMap((one): Finding[] => {
    const kustomization = `${one.namespace}/${one.name}`;
    const other = others.get(kustomization);
    if (one.status === other?.status && text(one) === text(other)) return [];
    const message = 'The native builder and kustomize make different objects of it.';
    const remedy = 'Build it by --engine=kustomize, and report it: this is a defect of Slipway.';
    return [{ severity: 'error', code: 'test/engines-disagree', message, remedy, kustomization }];
  });
}

function minorOf(option: Arguments['options'][string]): number | undefined {
  if (option === undefined) return undefined;
  const [, minor] = /^v?1\.(\d+)/.exec(String(option)) ?? [];
  if (minor !== undefined) return Number(minor);
  throw wrongUse(`${JSON.stringify(option)} is no release of Kubernetes.`);
}

function wrongUse(message: string): SlipwayError {
  return new SlipwayError({ code: 'cli/usage', message, remedy: 'Run `slipway test --help`.', exitStatus: 2 });
}
