import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError, systemCode } from '../../errors.ts';

/** A chart on disk, or the files of one by their paths in it. */
export type Chart = { readonly path: string } | { readonly files: ReadonlyMap<string, Buffer> };

export interface TemplateInput {
  readonly chart: Chart;
  readonly name: string;
  readonly namespace: string;
  /** As YAML. */
  readonly values: string;
  readonly includeCrds: boolean;
  readonly skipSchema: boolean;
  /** Such as `1.35`; undefined for helm's own default. */
  readonly kubernetes: string | undefined;
}

export interface HelmProgram {
  /**
   * What `helm template` prints.
   *
   * @throws SlipwayError `render/helm-failed`, `render/helm-timeout`, `render/helm-unusable`
   */
  template(input: TemplateInput): string;
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_SAID = 1000;
const NOBODY = 'http://127.0.0.1:9';

/** The real helm, which sees the chart and the values, nothing of the user's configuration, and no network. */
export function createHelmProgram(program: string): HelmProgram {
  return {
    template(input) {
      const root = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-helm-'));
      try {
        return run(program, root, input);
      } finally {
        fs.rmSync(root, { recursive: true, force: true });
      }
    },
  };
}

function run(program: string, root: string, input: TemplateInput): string {
  const values = path.join(root, 'values.yaml');
  fs.writeFileSync(values, input.values, { mode: 0o600 });
  const { status, stdout, stderr, error } = spawnSync(
    program,
    argumentsOf(input, chartPath(root, input.chart), values),
    {
      cwd: root,
      encoding: 'utf8',
      env: environment(root),
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
    },
  );
  if (error !== undefined) throw failedToRun(error);
  if (status === 0) return stdout;
  throw new SlipwayError({
    code: 'render/helm-failed',
    message: `helm refuses the release: ${sentence(stderr, root)}`,
    remedy: 'Mend what it names, in the values or in the chart.',
  });
}

function argumentsOf(input: TemplateInput, chart: string, values: string): string[] {
  return [
    'template',
    `--namespace=${input.namespace}`,
    `--values=${values}`,
    '--no-hooks',
    ...(input.includeCrds ? ['--include-crds'] : []),
    ...(input.skipSchema ? ['--skip-schema-validation'] : []),
    ...(input.kubernetes === undefined ? [] : [`--kube-version=${input.kubernetes}`]),
    '--',
    input.name,
    chart,
  ];
}

function chartPath(root: string, chart: Chart): string {
  if ('path' in chart) return chart.path;
  const folder = path.join(root, 'chart');
  for (const [file, content] of chart.files) {
    const target = path.join(folder, file);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, content, { mode: 0o600 });
  }
  return folder;
}

function environment(root: string): NodeJS.ProcessEnv {
  const home = path.join(root, 'home');
  return {
    PATH: '',
    HOME: home,
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_DATA_HOME: path.join(home, 'data'),
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
    .replaceAll(`${root}/`, '')
    .replaceAll(root, '.')
    .trim();
  return said.length > MAX_SAID ? `${said.slice(0, MAX_SAID)} …` : said;
}

function failedToRun(cause: Error): SlipwayError {
  const isTimeout = systemCode(cause) === 'ETIMEDOUT';
  return new SlipwayError({
    code: isTimeout ? 'render/helm-timeout' : 'render/helm-unusable',
    message: isTimeout ? `helm took longer than ${TIMEOUT_MS / 1000} s.` : `helm cannot be run: ${cause.message}.`,
    exitStatus: isTimeout ? 1 : 3,
    cause,
  });
}
