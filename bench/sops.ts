/** Opening and checking encrypted files, beside the real sops on the same files in the same run. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { generateHybridIdentity, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { findBuiltTool } from '../src/programs.ts';
import { encryptFile, readPlain } from '../src/sops/index.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../bin/slipway.js');
const RULE = { kind: 'encrypted_regex', value: '^(data|stringData)$' } as const;
const RUNS = 5;

/** The table in Markdown. */
export async function benchSops(log: (line: string) => void): Promise<string> {
  const rows = [
    ...(await rowsFor('X25519', await generateX25519Identity(), log)),
    ...(await rowsFor('post-quantum', await generateHybridIdentity(), log)),
  ];
  return ['| | wall s | sops ÷ this |', '| --- | --- | --- |', ...rows].join('\n');
}

async function rowsFor(kind: string, identity: string, log: (line: string) => void): Promise<string[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-bench-'));
  try {
    const recipient = await identityToRecipient(identity);
    const keys = path.join(folder, '.keys');
    fs.writeFileSync(keys, `${identity}\n`);
    const env = { ...process.env, SOPS_AGE_KEY_FILE: keys, SOPS_CONFIG: '' };
    log(`making 1000 files, ${kind}`);
    for (let i = 0; i < 1000; i++) {
      const manifest = `apiVersion: v1\nkind: Secret\nmetadata:\n  name: s${i}\ntype: Opaque\nstringData:\n${'abcde'
        .split('')
        .map((key) => `  ${key}: value of ${key} in ${i}\n`)
        .join('')}`;
      const options = {
        format: 'yaml',
        recipients: [[recipient]],
        rule: RULE,
        macOnlyEncrypted: true,
        now: new Date(0),
      } as const;
      fs.writeFileSync(
        path.join(folder, `${i}.sops.yaml`),
        await encryptFile(readPlain(Buffer.from(manifest), 'yaml'), options),
      );
    }
    fs.writeFileSync(
      path.join(folder, '.sops.yaml'),
      `creation_rules:\n  - path_regex: \\.sops\\.yaml$\n    age: ${recipient}\n    encrypted_regex: ${RULE.value}\n    mac_only_encrypted: true\n`,
    );
    const names = Array.from({ length: 500 }, (_, i) => `${i}.sops.yaml`);
    const slipway = (...parameters: readonly string[]) =>
      run(process.execPath, [PROGRAM, 'secrets', ...parameters], folder, env);
    const sops = findBuiltTool('sops');
    const ours: number[] = [];
    const theirs: number[] = [];
    const checks: number[] = [];
    // In turn, so that a machine whose speed drifts drifts for all of them.
    for (let i = 0; i < RUNS; i++) {
      log(`run ${i + 1} of ${RUNS}`);
      ours.push(slipway('verify', ...names));
      checks.push(slipway('check'));
      if (sops !== undefined)
        theirs.push(names.reduce((sum, name) => sum + run(sops, ['decrypt', name], folder, env), 0));
    }
    const baseline = theirs.length === 0 ? undefined : median(theirs);
    return [
      row(`500 files, ${kind}: \`slipway secrets verify\`, decrypts all and checks their MACs`, median(ours), baseline),
      ...(baseline === undefined
        ? []
        : [row(`500 files, ${kind}: \`sops decrypt\`, a process for each`, baseline, undefined)]),
      row(`1000 files, ${kind}: \`slipway secrets check\``, median(checks), undefined),
    ];
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, parameters: readonly string[], cwd: string, env: NodeJS.ProcessEnv): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(program, parameters, { cwd, env, maxBuffer: 2 ** 28, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ended with ${status ?? 'a signal'}: ${stderr}`);
  return (performance.now() - started) / 1000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const row = (title: string, seconds: number, baseline: number | undefined): string =>
  `| ${title} | ${seconds.toFixed(2)} | ${baseline === undefined ? '' : `${(baseline / seconds).toFixed(1)}×`} |`;
