/** What a sandbox keeps in its folder besides its processes: ports, credentials, the keys of service accounts. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import type { ClusterAccess } from '../kube/index.ts';
import { writePrivately } from './write-privately.ts';

export interface SandboxState {
  readonly apiServerPort: number;
  readonly gitPort: number;
  /** Bearer token of the administrator. */
  readonly token: string;
  /** First segment of the git server's paths: whoever does not know it reads and writes nothing. */
  readonly gitPath: string;
  /** How many nodes are simulated. */
  readonly nodes: number;
}

const CONTEXT = 'slipway-sandbox';

/** The state of the sandbox in this folder; undefined where there is none. */
export function readState(folder: string): SandboxState | undefined {
  const file = join(folder, 'sandbox.json');
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const state = parseState(text);
  if (state !== undefined) return state;
  throw new SlipwayError({
    code: 'sandbox/bad-state',
    message: 'The state of the sandbox cannot be read.',
    remedy: 'Run `slipway sandbox down`, then `slipway sandbox up`.',
    place: { file },
    exitStatus: 3,
  });
}

function parseState(text: string): SandboxState | undefined {
  try {
    const { apiServerPort, gitPort, token, gitPath, nodes } = JSON.parse(text) as Partial<Record<string, unknown>>;
    if (typeof apiServerPort !== 'number' || typeof gitPort !== 'number' || typeof nodes !== 'number') return undefined;
    if (typeof token !== 'string' || typeof gitPath !== 'string') return undefined;
    return { apiServerPort, gitPort, token, gitPath, nodes };
  } catch {
    return undefined;
  }
}

export function writeState(folder: string, state: SandboxState): void {
  writePrivately(join(folder, 'sandbox.json'), `${JSON.stringify(state, null, 2)}\n`);
}

/** Makes the folder and all that stays the same for as long as the sandbox lives. */
export async function createState(folder: string): Promise<SandboxState> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const state: SandboxState = {
    apiServerPort: await freePort(),
    gitPort: await freePort(),
    token: randomBytes(32).toString('base64url'),
    gitPath: randomBytes(16).toString('base64url'),
    nodes: 0,
  };
  writePrivately(join(folder, 'service-account.key'), String(privateKey.export({ type: 'sec1', format: 'pem' })));
  writePrivately(join(folder, 'service-account.pub'), String(publicKey.export({ type: 'spki', format: 'pem' })));
  writePrivately(join(folder, 'tokens.csv'), `${state.token},admin,admin,"system:masters"\n`);
  writeState(folder, state);
  return state;
}

/** Written first of all: a folder without it is somebody else's, and nothing is put there or deleted. */
const MARKER = 'slipway-sandbox';

/**
 * Makes the folder, which only its owner may enter, and keeps it out of git whatever the repository ignores.
 *
 * @throws {SlipwayError} `sandbox/not-a-sandbox` (status 2) where it holds other things.
 */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (isEmpty(folder))
    writeFileSync(join(folder, MARKER), 'All of this folder is deleted by `slipway sandbox down`.\n');
  checkFolder(folder);
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}

/** @throws {SlipwayError} `sandbox/not-a-sandbox` (status 2) where the folder is neither a sandbox nor empty. */
export function checkFolder(folder: string): void {
  if (existsSync(join(folder, MARKER)) || isEmpty(folder)) return;
  throw new SlipwayError({
    code: 'sandbox/not-a-sandbox',
    message: 'This folder holds other things than a sandbox, so none is put there, and nothing is deleted.',
    remedy: 'Name another folder with --dir.',
    place: { file: folder },
    exitStatus: 2,
  });
}

function isEmpty(folder: string): boolean {
  return readdirSync(folder).length === 0;
}

/** Whether this is how the kubeconfig of a sandbox reaches it: what is done there harms nobody. */
export function isSandbox({ context, server }: Pick<ClusterAccess, 'context' | 'server'>): boolean {
  return context === CONTEXT && server.startsWith('https://127.0.0.1:');
}

/** A kubeconfig for the administrator. The API server made its own authority and wrote it into `certs/`. */
export function kubeconfigText(folder: string, state: SandboxState): string {
  const authority = readFileSync(join(folder, 'certs/apiserver.crt')).toString('base64');
  return `apiVersion: v1
kind: Config
clusters:
  - name: ${CONTEXT}
    cluster:
      server: https://127.0.0.1:${state.apiServerPort}
      certificate-authority-data: ${authority}
users:
  - name: ${CONTEXT}
    user:
      token: ${state.token}
contexts:
  - name: ${CONTEXT}
    context:
      cluster: ${CONTEXT}
      user: ${CONTEXT}
current-context: ${CONTEXT}
`;
}

/** A port of the loopback address that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve, reject) => server.once('listening', resolve).once('error', reject));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('A server on a port has a port.');
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once('listening', () => {
      resolve(true);
    });
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1');
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
