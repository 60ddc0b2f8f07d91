/** From a save to the tree written, at 100 apps, by `slipway synth --watch`. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const REPOSITORY = path.resolve(import.meta.dirname, '..');
const APPS = 100;
const SAVES = 7;

export async function benchWatch(log: (line: string) => void): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  const save = (interval: number): void => {
    fs.writeFileSync(path.join(folder, 'main.ts'), program(interval));
  };
  fs.writeFileSync(path.join(folder, 'cdk8s.yaml'), 'app: node main.ts\noutput: dist\n');
  save(60);
  const child = spawn(process.execPath, [path.join(REPOSITORY, 'bin/slipway.js'), 'synth', '--watch'], {
    cwd: folder,
    stdio: 'ignore',
  });
  try {
    const times: number[] = [];
    for (let turn = 0; turn <= SAVES; turn += 1) {
      // Long enough that the next process waits for the save, as it does for a person.
      await pause(1500);
      const started = performance.now();
      save(100 + turn);
      while (!isWritten(folder, 100 + turn)) {
        if (performance.now() - started > 30_000) throw new Error('nothing was written for 30 seconds');
        await pause(2);
      }
      if (turn > 0) times.push(performance.now() - started);
      log(`save ${turn}`);
    }
    times.sort((left, right) => left - right);
    const [median, last] = [times[Math.floor(times.length / 2)] ?? Number.NaN, times.at(-1) ?? Number.NaN];
    return `| | median ms | slowest ms |\n| --- | --- | --- |\n| ${APPS} apps, one file changes | ${median.toFixed(0)} | ${last.toFixed(0)} |`;
  } finally {
    child.kill();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function program(interval: number): string {
  return `import { Application, Cluster, Namespace } from '${REPOSITORY}/constructs/index.ts';
import { declareApp } from '${REPOSITORY}/bench/programs/app.ts';
const cluster = new Cluster('bench', { repository: { url: 'https://git.example.org/bench.git' } });
const namespace = new Namespace(cluster, 'bench');
for (let index = 0; index < ${APPS}; index += 1) {
  const app = new Application(namespace, 'app-' + index, { interval: index === ${APPS - 1} ? '${interval}m' : '1h' });
  declareApp(app, 'app-' + index);
}
cluster.synth();
`;
}

function isWritten(folder: string, interval: number): boolean {
  const file = path.join(folder, `kubernetes/apps/bench/app-${APPS - 1}/ks.yaml`);
  return fs.existsSync(file) && fs.readFileSync(file, 'utf8').includes(`interval: ${interval}m`);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
