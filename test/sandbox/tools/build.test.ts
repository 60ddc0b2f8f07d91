import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildPrograms } from '../../../sandbox/tools/build-programs.ts';
import { findBuiltTool, findTool } from '../../../src/programs.ts';
import { choosePrograms, versionOf } from '../../../sandbox/tools/programs.ts';
import { progressOn } from '../../../sandbox/tools/progress.ts';
import { describeWithTool } from '../../support/tools.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const silent = progressOn({ write: () => true, isTTY: false, columns: 80 });

let folder: string;
let bin: string;
let path: string | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-tools-'));
  bin = join(folder, 'bin');
  path = process.env.PATH;
  process.env.PATH = join(folder, 'path');
  mkdirSync(process.env.PATH);
});

afterEach(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

/** A stand-in for Go: it knows its version, notes each build in the file `builds`, and builds by the given lines. */
function installGo(build: string, version = 'go1.26.8'): void {
  const script = `#!/bin/sh
if [ "$1" = env ]; then printf '${version}\\nlinux\\namd64\\n'; exit 0; fi
while [ "$1" != -o ]; do shift; done
output=$2
echo "$3" >> '${join(folder, 'builds')}'
${build}
`;
  writeFileSync(join(folder, 'path/go'), script, { mode: 0o755 });
}

const BUILD_WELL = `echo '#!/bin/sh' > "$output"; /bin/chmod +x "$output"`;

function builds(): string[] {
  const notes = join(folder, 'builds');
  return existsSync(notes) ? readFileSync(notes, 'utf8').trimEnd().split('\n') : [];
}

function runCommand(...names: string[]) {
  return spawnSync(process.execPath, [join(REPOSITORY, 'sandbox/tools/build.ts'), ...names], {
    env: process.env,
    encoding: 'utf8',
  });
}

describe('npm run tools', () => {
  test('without Go says so in one sentence and exits with 3', () => {
    const { status, stdout, stderr } = runCommand('kustomize', 'age');
    expect({ status, stdout, stderr }).toEqual({
      status: 3,
      stdout: '',
      stderr: 'Go is not on PATH, so kustomize, age cannot be built, and what needs them is skipped.\n',
    });
  });

  test('refuses an unknown name with the list of names, exit status 2, before it looks for Go', () => {
    const { status, stderr } = runCommand('kustomise');
    expect(status).toBe(2);
    expect(stderr).toContain('tools/unknown-name');
    expect(stderr).toContain('"kustomise"');
    for (const { name } of [...choosePrograms([]), ...choosePrograms(['sandbox'])]) expect(stderr).toContain(name);
  });
});

describe('choosing the programs', () => {
  const names = (...given: string[]) => choosePrograms(given).map(({ name }) => name);

  test('gives those of the command line by default, and a control plane with Flux as `sandbox`', () => {
    expect(names()).toEqual(['kustomize', 'helm', 'sops', 'age', 'age-keygen']);
    expect(names('age', 'sandbox')).toEqual(
      expect.arrayContaining(['age', 'etcd', 'kube-apiserver', 'kustomize-controller', 'kwok']),
    );
  });

  test('finds the version of each in its go.mod', () => {
    for (const program of choosePrograms(['kustomize', 'sandbox']))
      expect(versionOf(program)).toMatch(/^v\d+\.\d+\.\d+$/);
  });

  test("gives Kubernetes' programs their version, which their source does not have", () => {
    const [kubectl] = choosePrograms(['kubectl']);
    expect(kubectl!.linkerVariables!('v1.36.3')).toMatchObject({
      'k8s.io/component-base/version.gitVersion': 'v1.36.3',
      'k8s.io/component-base/version.gitMajor': '1',
      'k8s.io/client-go/pkg/version.gitMinor': '36',
    });
  });
});

describe('building the programs', () => {
  const kustomize = choosePrograms(['kustomize']);

  test('builds each from its package, then lets it be', async () => {
    installGo(BUILD_WELL);
    const programs = choosePrograms(['kustomize', 'sops']);
    await buildPrograms(programs, { bin, progress: silent });
    await buildPrograms(programs, { bin, progress: silent });
    expect(builds()).toEqual(['sigs.k8s.io/kustomize/kustomize/v5', 'github.com/getsops/sops/v3/cmd/sops']);
    expect(findBuiltTool('kustomize', bin)).toBe(join(bin, 'kustomize'));
  });

  test('builds again with another Go', async () => {
    installGo(BUILD_WELL);
    await buildPrograms(kustomize, { bin, progress: silent });
    installGo(BUILD_WELL, 'go1.26.9');
    await buildPrograms(kustomize, { bin, progress: silent });
    expect(builds()).toHaveLength(2);
  });

  test('builds again what was built from other versions', async () => {
    installGo(BUILD_WELL);
    await buildPrograms(kustomize, { bin, progress: silent });
    const stamp = join(bin, '.kustomize.stamp');
    expect(readFileSync(stamp, 'utf8')).toContain(versionOf(kustomize[0]!));
    writeFileSync(stamp, readFileSync(stamp, 'utf8').replace(versionOf(kustomize[0]!), 'v5.0.0'));
    await buildPrograms(kustomize, { bin, progress: silent });
    expect(builds()).toHaveLength(2);
  });

  test('builds again what was taken away or is no program', async () => {
    installGo(BUILD_WELL);
    await buildPrograms(kustomize, { bin, progress: silent });
    rmSync(join(bin, 'kustomize'));
    await buildPrograms(kustomize, { bin, progress: silent });
    chmodSync(join(bin, 'kustomize'), 0o644);
    await buildPrograms(kustomize, { bin, progress: silent });
    expect(builds()).toHaveLength(3);
  });

  test.each([
    ['tools/offline', 3, 'go: x: Get "https://proxy.example/x": dial tcp: lookup proxy.example: no such host'],
    ['tools/offline', 3, 'go: x@v1.0.0: module lookup disabled by GOPROXY=off'],
    ['tools/old-go', 3, 'go: go.mod requires go >= 1.26.0 (running go 1.24.1; GOTOOLCHAIN=local)'],
    ['tools/build-failed', 1, 'main.go:3:1: syntax error: non-declaration statement outside function body'],
  ])('fails with %s, status %i, where go says: %s', async (code, exitStatus, complaint) => {
    installGo(`echo half > "$output"; echo '${complaint}' >&2; exit 1`);
    await expect(buildPrograms(kustomize, { bin, progress: silent })).rejects.toMatchObject({ code, exitStatus });
    expect(readdirSync(bin)).toEqual([]);
  });

  test('shows what the compiler said', async () => {
    installGo(`echo 'sigs.k8s.io/compiled/well' >&2; echo 'main.go:3:1: syntax error' >&2; exit 1`);
    await expect(buildPrograms(kustomize, { bin, progress: silent })).rejects.toMatchObject({
      message: 'kustomize does not build:\nmain.go:3:1: syntax error',
    });
  });

  test('ended from outside leaves nothing, and the old program stays', async () => {
    installGo(BUILD_WELL);
    await buildPrograms(kustomize, { bin, progress: silent });
    const before = readFileSync(join(bin, 'kustomize'), 'utf8');
    installGo(`echo half > "$output"; echo 'go: downloading a v1' >&2; exec /bin/sleep 600`, 'go1.26.9');
    const stop = new AbortController();
    const progress = {
      ...silent,
      step: () => {
        stop.abort();
      },
    };
    await expect(buildPrograms(kustomize, { bin, progress, signal: stop.signal })).rejects.toThrow('aborted');
    expect(readFileSync(join(bin, 'kustomize'), 'utf8')).toBe(before);
    expect(readdirSync(bin).sort()).toEqual(['.kustomize.stamp', 'kustomize']);
  });

  test('killed without warning leaves no program, and the next build clears up', async () => {
    installGo(`echo half > "$output"; echo 'go: downloading a v1' >&2; exec /bin/sleep 600`);
    const script = `
      import { buildPrograms } from ${JSON.stringify(join(REPOSITORY, 'sandbox/tools/build-programs.ts'))};
      import { choosePrograms } from ${JSON.stringify(join(REPOSITORY, 'sandbox/tools/programs.ts'))};
      const progress = { start() {}, step() { console.log('half way'); }, end() {}, clear() {} };
      await buildPrograms(choosePrograms(['kustomize']), { bin: ${JSON.stringify(bin)}, progress });`;
    const victim = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: process.env,
      detached: true,
    });
    await new Promise((resolve) => victim.stdout.once('data', resolve));
    const ended = new Promise((resolve) => victim.once('close', resolve));
    process.kill(-victim.pid!, 'SIGKILL');
    await ended;
    expect(readdirSync(bin)).toEqual([`.kustomize.${victim.pid}`]);
    expect(findBuiltTool('kustomize', bin)).toBeUndefined();

    installGo(BUILD_WELL);
    await buildPrograms(kustomize, { bin, progress: silent });
    expect(readdirSync(bin).sort()).toEqual(['.kustomize.stamp', 'kustomize']);
  });
});

describe('progress', () => {
  function record(isTTY: boolean): string {
    let written = '';
    const stream = { write: (text: string) => ((written += text), true), isTTY, columns: 20 };
    const progress = progressOn(stream);
    progress.start('helm: building');
    progress.step('helm: 1200 packages compiled');
    progress.clear();
    progress.end('helm: built');
    return written;
  }

  test('changes one line in place on a terminal, cut to its width', () => {
    const erase = '\r\u001b[2K';
    expect(record(true)).toBe(`${erase}helm: building${erase}helm: 1200 packages${erase}helm: built\n`);
  });

  test('is a line for each start and end elsewhere', () => {
    expect(record(false)).toBe('helm: building\nhelm: built\n');
  });
});

describe('finding a program', () => {
  test('prefers the built one, then the first on PATH, and never a file that is not executable or a folder', () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    for (const place of [bin, first, second]) mkdirSync(place);
    const search = `${first}::${second}`;
    expect(findTool('helm', bin, search)).toBeUndefined();
    mkdirSync(join(first, 'helm'));
    writeFileSync(join(second, 'helm'), '', { mode: 0o755 });
    expect(findTool('helm', bin, search)).toBe(join(second, 'helm'));
    writeFileSync(join(bin, 'helm'), '', { mode: 0o644 });
    expect(findTool('helm', bin, search)).toBe(join(second, 'helm'));
    chmodSync(join(bin, 'helm'), 0o755);
    expect(findTool('helm', bin, search)).toBe(join(bin, 'helm'));
  });
});

describe.each([
  ['kustomize', ['version']],
  ['helm', ['version', '--template={{.Version}}']],
  ['sops', ['--version', '--disable-version-check']],
  ['age', ['--version']],
  ['age-keygen', ['--version']],
])('the built %s', (name, options) => {
  describeWithTool(name, 'when asked', (program) => {
    test('says the version of go.mod', () => {
      const { stdout } = spawnSync(program, options, { encoding: 'utf8' });
      const version = versionOf(choosePrograms([name])[0]!);
      expect(`v${/\d+\.\d+\.\d+/.exec(stdout)?.[0]}`).toBe(version);
    });
  });
});
