import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from './support/folder.ts';
import { REPOSITORY, program } from './support/project.ts';

const project = temporaryFolder();

const modules = path.join(project, 'node_modules');
const { files, version } = JSON.parse(fs.readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
  files: string[];
  version: string;
};

/** Lays the package into a project's node_modules as npm would from its tarball, beside what it depends on. */
function install(): void {
  fs.mkdirSync(modules);
  for (const name of fs.readdirSync(path.join(REPOSITORY, 'node_modules'))) {
    if (!name.startsWith('.')) fs.symlinkSync(path.join(REPOSITORY, 'node_modules', name), path.join(modules, name));
  }
  const own = path.join(modules, 'slipway');
  for (const folder of files.filter((name) => name !== 'lib')) {
    fs.cpSync(path.join(REPOSITORY, folder), path.join(own, folder), { recursive: true });
  }
  fs.copyFileSync(path.join(REPOSITORY, 'package.json'), path.join(own, 'package.json'));
  const tsc = path.join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  const config = path.join(REPOSITORY, 'tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '--project', config, '--outDir', path.join(own, 'lib')], { stdio: 'inherit' });
}

/** Links what npm would link into node_modules/.bin. */
function linkCommands(): void {
  const bin = path.join(modules, '.bin');
  fs.mkdirSync(bin);
  fs.symlinkSync(process.execPath, path.join(bin, 'node'));
  fs.symlinkSync('../slipway/bin/slipway.js', path.join(bin, 'slipway'));
  fs.symlinkSync('../typescript/bin/tsc', path.join(bin, 'tsc'));
  fs.symlinkSync('../prettier/bin/prettier.cjs', path.join(bin, 'prettier'));
}

describe('the published package', () => {
  beforeAll(() => {
    install();
    linkCommands();
  }, 60_000);

  test('is compiled JavaScript with types, which a program elsewhere imports and its command runs', () => {
    writeFiles(project, {
      'cdk8s.yaml': 'app: node main.ts\noutput: dist\n',
      'package.json': '{ "type": "module" }\n',
      'main.ts': program('podinfo').replace(/'[^']*\/constructs\/index\.ts'/, "'slipway'"),
      'types.ts': `import { Application, Cluster, Namespace, SlipwayErrors } from 'slipway';
import { HelmRelease, type HelmReleaseSpec } from 'slipway/imports';
const cluster = new Cluster('demo', { repository: { url: 'https://git.example.org/demo.git' }, directory: 'types' });
const spec: HelmReleaseSpec = { interval: '1h', chartRef: { kind: 'OCIRepository', name: 'nowhere' } };
new HelmRelease(new Application(new Namespace(cluster, 'web'), 'app'), 'app', { spec });
try {
  cluster.tree();
  throw new Error('no error');
} catch (error) {
  if (!(error instanceof SlipwayErrors) || error.errors[0].code !== 'synth/dangling-reference') throw error;
}
`,
      'flux.ts': `import { Cluster, FluxSystem } from 'slipway';
const cluster = new Cluster('demo', { repository: { url: 'https://git.example.org/demo.git' }, directory: 'flux' });
new FluxSystem(cluster);
cluster.synth();
`,
    });
    const run = (...args: string[]): string =>
      execFileSync(process.execPath, [path.join(project, 'node_modules/slipway/bin/slipway.js'), ...args], {
        cwd: project,
        encoding: 'utf8',
      });
    expect(run('synth')).toContain('demo: 13 created');
    expect(run('explain', 'HelmRelease/web/podinfo')).toContain('made by    main.ts:7:3\n');
    expect(fs.existsSync(path.join(project, 'node_modules/slipway/lib/constructs/index.d.ts'))).toBe(true);
    expect(run('--version')).toBe(`slipway ${version}\n`);
    execFileSync(process.execPath, ['types.ts'], { cwd: project, stdio: 'pipe' });
    execFileSync(process.execPath, ['flux.ts'], { cwd: project, stdio: 'pipe' });
    expect(fs.readFileSync(path.join(project, 'flux/flux/system/crds/kustomization.yaml'), 'utf8')).toContain(
      'helmreleases',
    );
  }, 60_000);

  test.each([
    ['over HTTPS', 'https://git.example.org/me/home.git'],
    ['over SSH, by a name longer than a line', `git@git.example.org:${'deep/'.repeat(30)}home.git`],
  ])(
    'makes a new repository, read %s, that synthesizes, is tested and is linted at once',
    (_, repository) => {
      const home = fs.mkdtempSync(path.join(project, 'home-'));
      const run = (command: string, ...args: string[]): { status: number | null; output: string } => {
        const { status, stdout, stderr } = spawnSync(command, args, {
          cwd: home,
          encoding: 'utf8',
          env: { ...process.env, PATH: `${path.join(modules, '.bin')}${path.delimiter}${process.env.PATH ?? ''}` },
        });
        return { status, output: stdout + stderr };
      };
      expect(run('slipway', 'init', '--repository', repository)).toMatchObject({ status: 0 });
      expect(run('npm', 'test').output).toContain('Next: slipway synth');
      const synth = run('npm', 'start');
      expect([synth.status, synth.output]).toEqual([0, expect.not.stringContaining('warning ')]);
      for (const script of ['test', 'lint']) {
        const { status, output } = run('npm', 'run', script);
        expect([script, status, output]).toEqual([script, 0, output]);
      }
      fs.appendFileSync(path.join(home, 'cluster/podinfo.ts'), 'export const wrong: number = "text";\n');
      expect(run('npm', 'run', 'lint')).toMatchObject({
        status: 2,
        output: expect.stringContaining('TS2322') as unknown,
      });
    },
    60_000,
  );
});
