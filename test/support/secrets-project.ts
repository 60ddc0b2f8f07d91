/** A folder with creation rules and a test key, and the `slipway secrets` command run in it as a person runs it. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/slipway.js');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

export class SecretsProject {
  readonly folder: string;
  readonly home: string;
  readonly identity: string;
  readonly recipient: string;

  static async make(base: string, name: string): Promise<SecretsProject> {
    const identity = await generateX25519Identity();
    return new SecretsProject(path.join(base, name), identity, await identityToRecipient(identity));
  }

  private constructor(folder: string, identity: string, recipient: string) {
    this.folder = folder;
    this.home = `${folder}.home`;
    this.identity = identity;
    this.recipient = recipient;
    fs.mkdirSync(this.folder, { recursive: true });
    fs.mkdirSync(this.home, { recursive: true });
    fs.writeFileSync(path.join(this.home, 'keys.txt'), `# test key, made for one test run\n${identity}\n`);
    this.write(
      '.sops.yaml',
      `creation_rules:\n  - path_regex: \\.sops\\.(yaml|env)$\n    encrypted_regex: ^(data|stringData)$\n    mac_only_encrypted: true\n    age: ${recipient}\n`,
    );
  }

  write(file: string, content: string | Buffer): void {
    fs.writeFileSync(path.join(this.folder, file), content);
  }

  read(file: string): string {
    return fs.readFileSync(path.join(this.folder, file), 'utf8');
  }

  exists(file: string): boolean {
    return fs.existsSync(path.join(this.folder, file));
  }

  environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env.PATH ?? '',
      HOME: this.home,
      SOPS_AGE_KEY_FILE: path.join(this.home, 'keys.txt'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      ...more,
    };
  }

  /** `slipway secrets …` */
  run(parameters: readonly string[], { input = '', env = {} }: RunOptions = {}): Run {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'secrets', ...parameters], {
      cwd: this.folder,
      input,
      env: this.environment(env),
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  git(parameters: readonly string[], env: Readonly<Record<string, string>> = {}): Run {
    const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
    const { status, stdout, stderr } = spawnSync('git', [...author, ...parameters], {
      cwd: this.folder,
      env: this.environment(env),
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }
}

/** An environment without the key. */
export const NO_KEY = { SOPS_AGE_KEY_FILE: '/dev/null' };
