/** Real git repositories in temporary folders, and the real git's HTTP server for them, on loopback. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { temporaryFolder, writeFiles } from './folder.ts';

/** Nothing of the machine's own configuration, and names and times that are always the same. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

/** A working tree under `root`, which a server of that root serves as `/<name>`. */
export class GitWork {
  readonly folder: string;
  #minutes = 0;

  constructor(root: string, name: string, branch = 'main') {
    this.folder = path.join(root, name);
    fs.mkdirSync(this.folder, { recursive: true });
    this.git('init', '--quiet', `--initial-branch=${branch}`);
    this.git('config', 'http.receivepack', 'false');
  }

  git(...args: string[]): string {
    const date = new Date(Date.UTC(2026, 0, 1, 0, this.#minutes)).toISOString();
    const env = { ...ENVIRONMENT, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
    const result = spawnSync('git', args, { cwd: this.folder, env, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(`git ${args.join(' ')}: ${result.stderr}`);
    return result.stdout.trim();
  }

  /** Writes files, commits everything, a minute after the last commit, and gives the commit's hash. */
  commit(files: Readonly<Record<string, string>>, ...options: string[]): string {
    writeFiles(this.folder, files);
    this.#minutes += 1;
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message=change', ...options);
    return this.git('rev-parse', 'HEAD');
  }
}

const servers: http.Server[] = [];

afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

export interface GitServer {
  readonly url: string;
  /** Every request since the start. */
  readonly requests: readonly { readonly path: string; readonly headers: http.IncomingHttpHeaders }[];
}

export interface GitServerOptions {
  /** Answers a request in place of git; `true` where it did. */
  readonly instead?: (request: http.IncomingMessage, response: http.ServerResponse) => boolean;
  readonly tls?: https.ServerOptions;
}

/** `git http-backend` behind an HTTP server, for the repositories below `root`, until the file's tests are over. */
export async function serveGit(root: string, options: GitServerOptions = {}): Promise<GitServer> {
  const requests: GitServer['requests'][number][] = [];
  const listener: http.RequestListener = (request, response) => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    if (options.instead?.(request, response) !== true) runBackend(root, request, response);
  };
  const server = options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  servers.push(server);
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** The CGI protocol (RFC 3875), as far as git http-backend needs it. */
function runBackend(root: string, request: http.IncomingMessage, response: http.ServerResponse): void {
  const [pathInfo = '', query = ''] = (request.url ?? '').split('?');
  const { headers } = request;
  const env = {
    ...ENVIRONMENT,
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: pathInfo,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method,
    CONTENT_TYPE: headers['content-type'] ?? '',
    HTTP_CONTENT_ENCODING: headers['content-encoding'] ?? '',
    GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
    REMOTE_ADDR: '127.0.0.1',
    // The repositories are working trees whose owner may be another user in a container.
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_CONFIG_KEY_1: 'uploadpack.allowAnySHA1InWant',
    GIT_CONFIG_VALUE_1: 'true',
  };
  const backend = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => undefined);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    const output = Buffer.concat(chunks);
    const end = output.indexOf('\r\n\r\n');
    let status = 200;
    for (const line of output.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status).end(output.subarray(end + 4));
  });
}

/** A folder for repositories, and their server. */
export async function gitHost(options: GitServerOptions = {}): Promise<GitServer & { readonly root: string }> {
  const root = temporaryFolder();
  return { ...(await serveGit(root, options)), root };
}
