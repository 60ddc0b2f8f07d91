import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { temporaryFolder, writeFiles } from './support/folder.ts';
import { REPOSITORY, program } from './support/project.ts';

const project = temporaryFolder();

/** Lays the package into a project's node_modules as npm would from its tarball, beside what it depends on. */
function install(): void {
  const modules = path.join(project, 'node_modules');
  fs.mkdirSync(modules);
  for (const name of fs.readdirSync(path.join(REPOSITORY, 'node_modules'))) {
    if (!name.startsWith('.')) fs.symlinkSync(path.join(REPOSITORY, 'node_modules', name), path.join(modules, name));
  }
  const own = path.join(modules, 'slipway');
  for (const folder of ['bin', 'imports/crds']) {
    fs.cpSync(path.join(REPOSITORY, folder), path.join(own, folder), { recursive: true });
  }
  fs.copyFileSync(path.join(REPOSITORY, 'package.json'), path.join(own, 'package.json'));
  const tsc = path.join(REPOSITORY, 'node_modules/typescript/bin/tsc');
  const config = path.join(REPOSITORY, 'tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '--project', config, '--outDir', path.join(own, 'lib')], { stdio: 'inherit' });
}

describe('the published package', () => {
  test('is compiled JavaScript with types, which a program elsewhere imports and its command runs', () => {
    install();
    writeFiles(project, {
      'cdk8s.yaml': 'app: node main.ts\noutput: dist\n',
      'package.json': '{ "type": "module" }\n',
      'main.ts': program('podinfo').replace(/'[^']*\/constructs\/index\.ts'/, "'slipway'"),
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
    execFileSync(process.execPath, ['flux.ts'], { cwd: project, stdio: 'pipe' });
    expect(fs.readFileSync(path.join(project, 'flux/flux/system/crds/kustomization.yaml'), 'utf8')).toContain(
      'helmreleases',
    );
  }, 60_000);
});
