import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { writeFiles } from './folder.ts';

export const REPOSITORY = path.resolve(import.meta.dirname, '../..');

/** A program of one app, as a user's main.ts, with the library taken from this repository. */
export function program(...apps: readonly string[]): string {
  return `import { Application, Cluster, HelmRelease, HelmRepository, Namespace } from '${REPOSITORY}/constructs/index.ts';
const cluster = new Cluster('demo', { repository: { url: 'https://git.example.org/demo.git' } });
const charts = new HelmRepository(cluster, 'charts', { url: 'https://charts.example.org' });
const web = new Namespace(cluster, 'web');
for (const name of ${JSON.stringify(apps)}) {
  const app = new Application(web, name);
  new HelmRelease(app, name, { chart: charts.chart(name, '1.0.0') });
}
cluster.synth();
`;
}

/** Lays out a project that synthesizes these apps. */
export function layProject(folder: string, ...apps: readonly string[]): void {
  writeFiles(folder, {
    'cdk8s.yaml': 'language: typescript\napp: node main.ts\noutput: dist\n',
    'package.json': '{ "type": "module" }\n',
    'main.ts': program(...apps),
  });
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `slipway` in a process of its own. */
export function slipway(folder: string, ...args: readonly string[]): Outcome {
  return run(folder, path.join(REPOSITORY, 'bin/slipway.js'), ...args);
}

/** Runs the stock cdk8s CLI as `npx cdk8s` would, without its look for a newer version on the network. */
export function cdk8s(folder: string, ...args: readonly string[]): Outcome {
  return run(folder, path.join(REPOSITORY, 'node_modules/cdk8s-cli/bin/cdk8s'), ...args);
}

function run(folder: string, script: string, ...args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      // The command that the CLI starts must find the same Node.
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`,
      // What tests keep is not the user's.
      XDG_CACHE_HOME: path.join(REPOSITORY, 'node_modules/.cache'),
      CDK8S_CHECK_UPGRADE: 'false',
      NODE_OPTIONS: '',
    },
  });
  return { status, stdout, stderr };
}
