/** The real sops program on files of a folder of its own, with test keys that are made for the occasion. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { FormatName } from '../../src/sops/index.ts';

/** The names by which sops's options know the formats. */
const EXTENSIONS: Readonly<Record<FormatName, string>> = {
  yaml: 'yaml',
  json: 'json',
  dotenv: 'env',
  ini: 'ini',
  binary: 'bin',
};

export class RealSops {
  readonly identity: string;
  readonly recipient: string;
  readonly folder: string;
  private readonly program: string;

  static async start(program: string): Promise<RealSops> {
    const identity = await generateX25519Identity();
    return new RealSops(program, identity, await identityToRecipient(identity));
  }

  private constructor(program: string, identity: string, recipient: string) {
    this.program = program;
    this.identity = identity;
    this.recipient = recipient;
    this.folder = mkdtempSync(join(tmpdir(), 'slipway-sops-'));
    writeFileSync(join(this.folder, 'keys.txt'), `# test key, made for one test run\n${identity}\n`);
  }

  stop(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes the creation rules that later calls use. */
  writeConfig(rule: Readonly<Record<string, string | boolean>>): string {
    const config = JSON.stringify({ creation_rules: [{ age: this.recipient, ...rule }] });
    writeFileSync(join(this.folder, '.sops.yaml'), config);
    return config;
  }

  /** Its output, or undefined where it refuses. */
  encrypt(plain: Buffer, format: FormatName): Buffer | undefined {
    return this.run(['encrypt'], plain, format);
  }

  decrypt(sealed: Buffer, format: FormatName): Buffer | undefined {
    return this.run(['decrypt'], sealed, format);
  }

  /** The file after a change, by `set`, `unset`, `rotate -i`, `updatekeys -y`. */
  change(
    sealed: Buffer,
    format: FormatName,
    command: readonly string[],
    ...after: readonly string[]
  ): Buffer | undefined {
    const path = this.write(sealed, format);
    return this.spawn([...command, path, ...after]) === undefined ? undefined : readFileSync(path);
  }

  /** What it said last on standard error. */
  complaint = '';

  private write(bytes: Buffer, format: FormatName): string {
    const path = join(this.folder, `file.${EXTENSIONS[format]}`);
    writeFileSync(path, bytes);
    return path;
  }

  private run(command: readonly string[], bytes: Buffer, format: FormatName): Buffer | undefined {
    return this.spawn([...command, this.write(bytes, format)]);
  }

  private spawn(parameters: readonly string[]): Buffer | undefined {
    const env = { PATH: process.env.PATH, HOME: this.folder, SOPS_AGE_KEY_FILE: join(this.folder, 'keys.txt') };
    const { status, stdout, stderr } = spawnSync(this.program, parameters, {
      cwd: this.folder,
      env,
      maxBuffer: 2 ** 27,
    });
    this.complaint = stderr.toString();
    return status === 0 ? stdout : undefined;
  }
}
