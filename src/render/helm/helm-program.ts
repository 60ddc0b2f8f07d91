import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError, systemCode } from '../../errors.ts';
import { resolvePath, writeGoYaml } from '../../flux/index.ts';
import { formatJson, isObject, type JsonObject, parseJson, readDocuments } from '../../manifest/index.ts';
import { findTool } from '../../programs.ts';
import type { BuildCache } from '../build-cache.ts';
import { codeStamp } from '../code-stamp.ts';
import { text } from '../sources.ts';
import { badChart, type Chart, digestOf } from './chart.ts';
import { outsideReference } from './outside-reference.ts';
import type { Values } from './set-values.ts';

export interface TemplateInput {
  readonly chart: Chart;
  readonly name: string;
  readonly namespace: string;
  readonly values: Values;
  readonly skipSchema: boolean;
  /** Such as `1.35`; undefined for helm's own default. */
  readonly kubernetes: string | undefined;
  /** What charts are told besides of what the cluster serves, such as `monitoring.coreos.com/v1`. */
  readonly apiVersions: readonly string[];
}

/** What helm makes of a chart. */
export interface TemplateOutput {
  /** Of its `crds/`. */
  readonly crds: readonly JsonObject[];
  /** Of its `templates/`, in helm's order of apply, and the hooks after them. */
  readonly objects: readonly JsonObject[];
  /** What its values.schema.json refers to outside of the chart, so that the values were not held against it. */
  readonly uncheckedSchema?: string | undefined;
}

export interface HelmProgram {
  /**
   * @param isKept whether the cache may hold it, and the digest of what it is made of. Default: it may
   * @throws SlipwayError `render/helm-failed`, `render/helm-schema`, `render/helm-timeout`, `render/helm-too-large`, `render/helm-unusable`,
   *   `render/helm-bad-chart`
   */
  template(input: TemplateInput, isKept?: boolean): TemplateOutput;
}

/** What a chart may take, which is untrusted. */
export interface HelmLimits {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  /** Of address space; held where the system has `prlimit` (Linux). */
  readonly maxMemoryBytes: number;
}

const LIMITS: HelmLimits = {
  timeoutMs: 60_000,
  maxOutputBytes: 64 * 1024 * 1024,
  maxMemoryBytes: 2 * 1024 * 1024 * 1024,
};
const MAX_SAID = 1000;
const NOBODY = 'http://127.0.0.1:9';

/**
 * The real helm, which sees the chart and the values, nothing of the user's configuration, and no network. What it made is
 * kept under the digest of all of its inputs.
 */
export function createHelmProgram(program: string, cache: BuildCache | undefined, limits = LIMITS): HelmProgram {
  let stamp: string | undefined;
  return {
    template(input, isKept = true) {
      if (!isKept) return inFolder((root) => template(program, root, input, limits));
      stamp ??= stampOf(program);
      const key = createHash('sha256')
        .update(JSON.stringify([stamp, inputDigest(input)]))
        .digest('hex');
      const known = cache?.get(key);
      const kept = known === undefined ? undefined : parseJson(known);
      if (isObject(kept)) return kept as unknown as TemplateOutput;
      const made = inFolder((root) => template(program, root, input, limits));
      cache?.set(key, formatJson({ ...made }));
      return made;
    },
  };
}

/** Of all that helm is given. */
export function inputDigest({ chart, values, ...rest }: TemplateInput): string {
  return createHash('sha256')
    .update(formatJson([digestOf(chart), values, { ...rest }]))
    .digest('hex');
}

/** Another helm, or other code here, may make something else. */
function stampOf(program: string): string {
  const file = fs.realpathSync(program);
  const { size, mtimeMs } = fs.statSync(file);
  return `helm ${file} ${size} ${mtimeMs}\n${codeStamp()}`;
}

function inFolder<T>(work: (root: string) => T): T {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-helm-'));
  try {
    return work(root);
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

function template(program: string, root: string, input: TemplateInput, limits: HelmLimits): TemplateOutput {
  const uncheckedSchema = input.skipSchema ? undefined : outsideReference(input.chart);
  const skipSchema = input.skipSchema || uncheckedSchema !== undefined;
  const printed = run(program, root, { ...input, skipSchema }, limits);
  // Each template begins with its source, and CRDs come first; only a chart that lies about it is taken apart elsewhere.
  const templates = printed.search(/^---\n# Source: [^\n]*\/templates\//m);
  const at = templates === -1 ? printed.length : templates;
  const crds = objectsOf(printed.slice(0, at)).filter(isDefinition);
  return { crds, objects: objectsOf(printed.slice(at)), uncheckedSchema };
}

function objectsOf(documents: string): readonly JsonObject[] {
  return readDocuments(documents)
    .map(({ value }) => value)
    .filter(isObject);
}

/** helm-controller leaves all else in `crds/` out (applyCRDs). */
function isDefinition({ apiVersion, kind }: JsonObject): boolean {
  return kind === 'CustomResourceDefinition' && text(apiVersion).startsWith('apiextensions.k8s.io/');
}

function run(program: string, root: string, input: TemplateInput, limits: HelmLimits): string {
  const [command = program, ...args] = limited(
    [program, ...argumentsOf(input, chartPath(root, input.chart))],
    limits.maxMemoryBytes,
  );
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    env: environment(root),
    input: writeGoYaml(input.values),
    timeout: limits.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: limits.maxOutputBytes,
  });
  if (error !== undefined) throw failedToRun(error, limits);
  if (status === 0) return stdout;
  if (/^(?:runtime: out of memory|fatal error: .*memory)/m.test(stderr)) {
    throw tooLarge(`helm needs more than ${mebibytes(limits.maxMemoryBytes)} of memory for it`);
  }
  const said = sentence(stderr, root);
  if (said.startsWith(SCHEMA)) {
    throw new SlipwayError({
      code: 'render/helm-schema',
      message: `The values do not satisfy the schema of the chart: ${said.slice(SCHEMA.length).trim()}`,
      remedy: 'Mend the values; `helm show values` has those of the chart.',
    });
  }
  throw new SlipwayError({
    code: 'render/helm-failed',
    message: `helm refuses the release: ${said}`,
    remedy: 'Mend what it names, in the values or in the chart.',
  });
}

/** helm: chart/common/util ValidateAgainstSchema, as action.Install words it. */
const SCHEMA = "values don't meet the specifications of the schema(s) in the following chart(s):";

/** Go asks for what a template wants, however much that is. */
function limited(command: readonly string[], maxMemoryBytes: number): readonly string[] {
  const prlimit = process.platform === 'linux' ? findTool('prlimit', undefined, '/usr/bin:/bin') : undefined;
  return prlimit === undefined ? command : [prlimit, `--as=${maxMemoryBytes}`, '--', ...command];
}

function argumentsOf(input: TemplateInput, chart: string): string[] {
  return [
    'template',
    `--namespace=${input.namespace}`,
    '--values=-',
    '--include-crds',
    ...(input.skipSchema ? ['--skip-schema-validation'] : []),
    ...(input.kubernetes === undefined ? [] : [`--kube-version=${input.kubernetes}`]),
    ...input.apiVersions.map((one) => `--api-versions=${one}`),
    '--',
    input.name,
    chart,
  ];
}

/** A copy, so that nothing of what lies beside it, and no symlink, is there. */
function chartPath(root: string, chart: Chart): string {
  if ('archive' in chart) {
    const file = path.join(root, 'chart.tgz');
    fs.writeFileSync(file, chart.archive, { mode: 0o600 });
    return file;
  }
  const folder = path.join(root, 'chart');
  for (const [file, content] of chart.files) {
    const inside = resolvePath('', file);
    if (inside === undefined) throw badChart(`it holds the name ${JSON.stringify(file)}`);
    writeInto(path.join(folder, inside), content);
  }
  return folder;
}

function writeInto(target: string, content: Buffer): void {
  try {
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content, { mode: 0o600 });
  } catch (cause) {
    if (systemCode(cause) === 'ENOSPC') throw cause;
    throw badChart(`${JSON.stringify(path.basename(target))} cannot be a file in it`, cause);
  }
}

function environment(root: string): NodeJS.ProcessEnv {
  const home = path.join(root, 'home');
  return {
    PATH: '',
    HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'data'),
    HELM_CACHE_HOME: path.join(home, 'cache'),
    HELM_CONFIG_HOME: path.join(home, 'config'),
    HELM_DATA_HOME: path.join(home, 'data'),
    HELM_PLUGINS: path.join(home, 'none'),
    TMPDIR: root,
    KUBECONFIG: path.join(home, 'none'),
    HTTP_PROXY: NOBODY,
    HTTPS_PROXY: NOBODY,
  };
}

/** What helm says, without our folders in it. */
function sentence(stderr: string, root: string): string {
  const said = stderr
    .replace(/^(?:level=\S+ .*\n)*/, '')
    .replace(/^Error: /, '')
    .replace(/\s*Use --debug flag to render out invalid YAML\s*$/, '')
    .replaceAll(`${root}/`, '')
    .replaceAll(root, '.')
    .trim();
  return said.length > MAX_SAID ? `${said.slice(0, MAX_SAID)} …` : said;
}

function failedToRun(cause: Error, limits: HelmLimits): SlipwayError {
  const code = systemCode(cause);
  if (code === 'ENOBUFS') return tooLarge(`helm makes more than ${mebibytes(limits.maxOutputBytes)} of it`);
  const isTimeout = code === 'ETIMEDOUT';
  return new SlipwayError({
    code: isTimeout ? 'render/helm-timeout' : 'render/helm-unusable',
    message: isTimeout
      ? `helm took longer than ${limits.timeoutMs / 1000} s.`
      : `helm cannot be run: ${cause.message}.`,
    exitStatus: isTimeout ? 1 : 3,
    cause,
  });
}

function tooLarge(why: string): SlipwayError {
  return new SlipwayError({
    code: 'render/helm-too-large',
    message: `The release is too large: ${why}.`,
    remedy: 'See which template of the chart makes so much; `helm template` does the same.',
  });
}

function mebibytes(bytes: number): string {
  return `${bytes / 1024 / 1024} MiB`;
}
