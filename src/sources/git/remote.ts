import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SlipwayError } from '../../errors.ts';
import { proxyEnvironment } from '../http-client.ts';
import { isAbandoned, OWNER } from '../owner.ts';
import type { SecretData } from '../secret.ts';
import type { GitCredentials } from './credentials.ts';
import { openHttpRelay, type Relay } from './http-relay.ts';
import { gitFailed, runGit, SAFE_CONFIG } from './run-git.ts';
import { openSshRelay } from './ssh-relay.ts';

export interface RemoteOptions {
  readonly url: URL;
  readonly credentials: GitCredentials;
  /** The Secret of `spec.proxySecretRef`. */
  readonly proxy: SecretData | undefined;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export interface RemoteReference {
  readonly name: string;
  /** The object that it names; for an annotated tag the tag object, whose commit is under `<name>^{}`. */
  readonly object: string;
}

/** A repository somewhere else, as the real git sees it through a relay. */
export class Remote implements AsyncDisposable {
  readonly #options: RemoteOptions;
  readonly #relay: Relay;
  readonly #folder: string;

  private constructor(options: RemoteOptions, relay: Relay, folder: string) {
    this.#options = options;
    this.#relay = relay;
    this.#folder = folder;
  }

  static async open(options: RemoteOptions): Promise<Remote> {
    const folder = privateFolder();
    try {
      const relay = await openRelay(options, folder);
      const remote = ['[remote "origin"]', `url = ${relay.url}`];
      const config = [...SAFE_CONFIG, ...relay.config, ...remote].join('\n');
      fs.writeFileSync(path.join(folder, '.gitconfig'), `${config}\n`, { mode: 0o600 });
      return new Remote(options, relay, folder);
    } catch (error) {
      fs.rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay.close();
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** `git ls-remote`. Patterns are whole names, or `refs/tags/*`; none gives every reference. */
  async references(...patterns: string[]): Promise<RemoteReference[]> {
    const stdout = await this.#run(['ls-remote', '--quiet', 'origin', ...patterns]);
    return stdout
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ object: line.slice(0, line.indexOf('\t')), name: line.slice(line.indexOf('\t') + 1) }));
  }

  /** Fetches into a repository that is here. */
  async fetch(gitDir: string, refspecs: readonly string[], depth?: number): Promise<void> {
    const options = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    if (depth !== undefined) options.push(`--depth=${depth}`);
    await this.#run(['fetch', ...options, 'origin', ...refspecs], gitDir);
  }

  async #run(args: readonly string[], gitDir?: string): Promise<Buffer> {
    const result = await runGit(args, { gitDir, home: this.#folder, signal: this.#options.signal });
    if (result.status === 0) return result.stdout;
    const { protocol, host, pathname } = this.#options.url;
    const said = result.stderr.replaceAll(this.#relay.url, `${protocol}//${host}${pathname}`);
    throw this.#relay.failure() ?? gitFailed(args[0] ?? '', said);
  }
}

/** Of this user alone (0700), in memory where the system has such a place, and with a path that is short. */
function privateFolder(): string {
  const runtime = process.env.XDG_RUNTIME_DIR;
  const parent = runtime !== undefined && isWritable(runtime) ? runtime : os.tmpdir();
  removeAbandoned(parent);
  return fs.mkdtempSync(path.join(parent, `${PREFIX}${OWNER}-`));
}

const PREFIX = 'slipway-git-';
const cleaned = new Set<string>();

/** What processes left that were killed; once is enough. */
function removeAbandoned(parent: string): void {
  if (cleaned.has(parent)) return;
  cleaned.add(parent);
  for (const name of fs.readdirSync(parent)) {
    if (!name.startsWith(PREFIX) || !isAbandoned(name.slice(PREFIX.length))) continue;
    try {
      fs.rmSync(path.join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, or being removed by another process just now.
    }
  }
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

async function openRelay({ url, credentials, proxy, maxBytes, signal }: RemoteOptions, folder: string): Promise<Relay> {
  if (credentials.transport === 'http') {
    return openHttpRelay({ url, credentials, proxyEnvironment: proxyEnvironment(proxy), maxBytes });
  }
  if (proxy !== undefined) {
    throw new SlipwayError({
      code: 'sources/proxy-unsupported',
      message: 'A proxy is not supported for ssh URLs.',
      remedy: 'Use an https URL, or hand the source over to Flux.',
    });
  }
  return openSshRelay({ url, credentials, maxBytes, folder, signal });
}
