import { connect, createServer } from 'node:net';
import path from 'node:path';
import { invalidSecret } from '../secret.ts';
import { bareEnvironment, exitOf, runProgram, startProgram } from '../process.ts';
import type { SshCredentials } from './credentials.ts';

export interface SshAgent {
  /** Path of its socket. */
  readonly socket: string;
  readonly close: () => Promise<void>;
}

/** SSH_AGENTC_REMOVE_ALL_IDENTITIES (RFC draft-ietf-sshm-ssh-agent, 5.1), with its length in front. */
const REMOVE_ALL = Buffer.from([0, 0, 0, 1, 19]);

/**
 * A real ssh-agent that holds the private key, so that no file does. The key goes in over standard input, and a
 * passphrase over a socket that only this user can open. It ends with this process, even one that is killed: it lives
 * as long as a `cat` that waits for the end of its input.
 *
 * @param folder of this user alone, with a short path: a socket's may have about 100 bytes.
 * @throws SlipwayError `sources/secret-invalid` where the key or its passphrase is not right.
 */
export async function openSshAgent(
  credentials: SshCredentials,
  folder: string,
  signal: AbortSignal,
): Promise<SshAgent> {
  const socket = path.join(folder, 'agent');
  const keeper = startProgram('ssh-agent', ['-a', socket, 'cat'], { env: bareEnvironment() });
  const exit = exitOf(keeper, 'ssh-agent');
  exit.catch(() => undefined);
  keeper.stdin?.on('error', () => undefined);
  const close = async () => {
    await forgetKeys(socket);
    keeper.stdin?.end();
  };
  try {
    // `cat` gives back what it got only once ssh-agent listens and has started it.
    await new Promise<void>((resolve, reject) => {
      keeper.stdout?.once('data', () => {
        resolve();
      });
      exit.then(() => {
        reject(new Error('ssh-agent ended before it listened'));
      }, reject);
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
      keeper.stdin?.write('ready\n');
    });
    await addKey(credentials, socket, folder, signal);
  } catch (error) {
    await close();
    throw error;
  }
  return { socket, close };
}

async function addKey(
  { identity, passphrase }: SshCredentials,
  socket: string,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const prompt = await answerPassphrase(passphrase, path.join(folder, 'passphrase'));
  try {
    const env = { ...bareEnvironment(), SSH_AUTH_SOCK: socket, ...prompt.env };
    const added = await runProgram('ssh-add', ['-q', '-'], { env, input: identity, signal });
    if (added.status === 0) return;
  } finally {
    prompt.close();
  }
  // Nothing of what ssh-add said is shown: it is about the key.
  if (prompt.asked()) {
    throw invalidSecret(
      passphrase === undefined
        ? "The Secret's 'identity' is a key with a passphrase, and there is no 'password'."
        : "The Secret's 'password' does not open its 'identity'.",
      "Put the passphrase of the key into the Secret under 'password'.",
    );
  }
  throw invalidSecret(
    "The Secret's 'identity' is not a private key that OpenSSH can read.",
    'Give the whole private key, from its BEGIN to its END line.',
  );
}

/**
 * ssh-add asks for a passphrase by starting the program of SSH_ASKPASS. That program is Node itself, told by NODE_OPTIONS
 * to read the answer from a socket: neither holds the passphrase.
 */
async function answerPassphrase(passphrase: string | undefined, socket: string) {
  let asked = 0;
  const server = createServer((client) => {
    asked += 1;
    client.on('error', () => undefined);
    // A wrong passphrase is asked for again; the second time there is no answer, and ssh-add gives up.
    client.end(asked === 1 && passphrase !== undefined ? `${passphrase}\n` : '');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  const source =
    "import{connect}from'node:net';" +
    "await new Promise((done)=>connect(process.env.SLIPWAY_ANSWER).on('close',done).on('data',(d)=>process.stdout.write(d)));" +
    'process.exit(0)';
  return {
    env: {
      SSH_ASKPASS: process.execPath,
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: ':0',
      SLIPWAY_ANSWER: socket,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}`,
    },
    asked: () => asked > 0,
    close: () => {
      server.close();
    },
  };
}

async function forgetKeys(socket: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const client = connect(socket, () => client.end(REMOVE_ALL));
    client.on('error', () => {
      resolve();
    });
    client.on('close', () => {
      resolve();
    });
    client.resume();
  });
}
