import { randomBytes, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SlipwayError } from '../../errors.ts';
import { tooLarge } from '../too-large.ts';
import { bareEnvironment, endGroup, exitOf, firstBytes, MAX_ERROR_BYTES, readable, startProgram } from '../process.ts';
import type { SshCredentials } from './credentials.ts';
import type { Relay } from './http-relay.ts';
import { openSshAgent } from './ssh-agent.ts';

export interface SshRelayOptions {
  readonly url: URL;
  readonly credentials: SshCredentials;
  readonly maxBytes: number;
  /** Of this user alone; the agent's socket and the known hosts stand in it. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** `git-upload-pack <path>\0host=<host>\0\0version=2\0`, after four hexadecimal digits of length (git's protocol.txt). */
const MAX_REQUEST_BYTES = 8192;

/**
 * A way for git to reach one repository over SSH: git speaks its own protocol to this process on loopback, and for each
 * connection this process runs the real `ssh`. git alone would start `ssh` through a shell, since its options are
 * needed; and here what `ssh` says is told from what the server says.
 */
export async function openSshRelay(options: SshRelayOptions): Promise<Relay> {
  const agent = await openSshAgent(options.credentials, options.folder, options.signal);
  const config = writeSshConfig(options, agent.socket);
  const key = randomBytes(32).toString('hex');
  const connections = new Set<() => void>();
  let failure: SlipwayError | undefined;
  let received = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket).catch((error: unknown) => {
      if (error instanceof SlipwayError) failure ??= error;
      socket.destroy();
    });
  });
  const serve = async (socket: Socket) => {
    const request = await readRequest(socket, key);
    if (request === undefined) return void socket.destroy();
    const child = startProgram('ssh', [...sshArguments(options, config, request.version)], {
      env: { ...bareEnvironment(), ...(request.version === undefined ? {} : { GIT_PROTOCOL: request.version }) },
    });
    connections.add(() => {
      endGroup(child);
    });
    const said = firstBytes(child.stderr, MAX_ERROR_BYTES);
    child.stdin?.on('error', () => undefined);
    child.stdout?.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received <= options.maxBytes) return;
      failure ??= tooLarge('What the repository sends', options.maxBytes);
      endGroup(child);
    });
    const exit = exitOf(child, 'ssh');
    if (child.stdin !== null) pipeline(socket, child.stdin).catch(() => undefined);
    // The end comes only once the failure is known, for git reports at once.
    child.stdout?.pipe(socket, { end: false });
    const status = await exit;
    if (status !== 0) failure ??= sshError(status, readable(Buffer.concat(said)), options.url);
    socket.end();
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    url: `git://127.0.0.1:${port}/${key}`,
    config: ['[protocol "git"]', 'allow = always'],
    failure: () => failure,
    close: async () => {
      server.close();
      for (const end of connections) end();
      await agent.close();
    },
  };
}

function writeSshConfig({ credentials, folder }: SshRelayOptions, agentSocket: string): string {
  const knownHosts = path.join(folder, 'known_hosts');
  fs.writeFileSync(knownHosts, credentials.knownHosts, { mode: 0o600 });
  const file = path.join(folder, 'ssh_config');
  const lines = [
    'Host *',
    `IdentityAgent "${agentSocket}"`,
    'IdentityFile none',
    `UserKnownHostsFile "${knownHosts}"`,
    'GlobalKnownHostsFile /dev/null',
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
    'CheckHostIP no',
    'BatchMode yes',
    'PreferredAuthentications publickey',
    'ClearAllForwardings yes',
    'ForwardAgent no',
    'ControlPath none',
    'PermitLocalCommand no',
    'ServerAliveInterval 15',
    'ServerAliveCountMax 3',
    'SendEnv GIT_PROTOCOL',
  ];
  fs.writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

function* sshArguments({ url, credentials }: SshRelayOptions, config: string, version: string | undefined) {
  yield* ['-F', config, '-T', '-l', credentials.user];
  if (url.port !== '') yield* ['-p', url.port];
  if (version === undefined) yield* ['-o', 'SendEnv=-GIT_PROTOCOL'];
  // A path below a home folder is written /~user/…, and the server wants it without the slash (git's connect.c).
  const remotePath = decodeURIComponent(url.pathname).replace(/^\/~/, '~');
  yield* ['--', url.hostname.replace(/^\[(.*)\]$/, '$1'), `git-upload-pack ${quote(remotePath)}`];
}

/** As git quotes for the server's shell (its sq_quote). */
function quote(text: string): string {
  return `'${text.replace(/['!]/g, "'\\$&'")}'`;
}

/** The first packet: what git asks for. `undefined` where it is not git's, or bears another key. */
async function readRequest(socket: Socket, key: string): Promise<{ version: string | undefined } | undefined> {
  let read = Buffer.alloc(0);
  let length = 4;
  while (read.length < length) {
    const chunk = (await next(socket)) ?? Buffer.alloc(0);
    if (chunk.length === 0) return undefined;
    read = Buffer.concat([read, chunk]);
    if (read.length >= 4) length = Number.parseInt(read.toString('latin1', 0, 4), 16);
    if (!(length >= 4 && length <= MAX_REQUEST_BYTES)) return undefined;
  }
  if (read.length > length) socket.unshift(read.subarray(length));
  const [command = '', ...parameters] = read.toString('utf8', 4, length).split('\0');
  const given = Buffer.from(command);
  const expected = Buffer.from(`git-upload-pack /${key}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const version = parameters.find((parameter) => /^version=[0-9]+$/.test(parameter));
  return { version };
}

async function next(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (chunk?: Buffer) => {
      socket.pause().off('data', settle).off('end', settle).off('close', settle);
      resolve(chunk);
    };
    socket.once('data', settle).once('end', settle).once('close', settle).resume();
  });
}

/** What ssh (status 255) or the program on the server said. */
function sshError(status: number | null, said: string, url: URL): SlipwayError {
  const { host } = url;
  const lastLine = said.split('\n').at(-1) ?? '';
  const failed = (code: string, message: string, remedy: string) =>
    new SlipwayError({ code, message, remedy, exitStatus: 3, cause: said === '' ? undefined : new Error(said) });
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED|host key for .* has changed/i.test(said)) {
    return failed(
      'sources/host-key-changed',
      `The host key of ${host} is another one than known_hosts says: the server changed, or someone is in between.`,
      "Ask the server's owner; only then put the new key into the Secret under 'known_hosts'.",
    );
  }
  if (/Host key verification failed|No .* host key is known/i.test(said)) {
    return failed(
      'sources/host-key-unknown',
      `The host key of ${host} is not in known_hosts.`,
      `Put what \`ssh-keyscan ${url.hostname}\` prints, once compared with the server's own, under 'known_hosts'.`,
    );
  }
  if (/Permission denied|Too many authentication failures/i.test(said)) {
    return failed(
      'sources/auth-refused',
      `${host} refused the key: ${lastLine}`,
      "Give the public key of 'identity' the right to read the repository.",
    );
  }
  if (status === 255) {
    return failed('sources/unreachable', `${host} cannot be reached: ${lastLine}`, 'Check the URL and the network.');
  }
  return failed(
    'sources/not-found',
    `${host} did not give the repository ${url.pathname}: ${lastLine}`,
    'Check the URL, and that the key may read it.',
  );
}
