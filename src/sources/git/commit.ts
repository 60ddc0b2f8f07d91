import { readBlob } from './objects.ts';

/** A commit, or the tag object that points to one. */
export interface SignedObject {
  readonly hash: string;
  /** In armour; '' where it is not signed. */
  readonly signature: string;
  /** What the signature is over. */
  readonly payload: Buffer;
}

export interface GitCommit extends SignedObject {
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
}

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** A header may go on in further lines, which begin with a space (git's commit format). */
const HEADER = /^([a-z0-9-]+) (.*(?:\n .*)*)\n/gm;

export async function readCommit(gitDir: string, hash: string, signal: AbortSignal): Promise<GitCommit> {
  const raw = await readBlob(gitDir, hash, signal);
  // Latin-1 keeps every byte, whatever the encoding of the message.
  const text = raw.toString('latin1');
  const end = text.indexOf('\n\n') + 1;
  const headers = text.slice(0, end);
  const fields = new Map([...headers.matchAll(HEADER)].map(([, name = '', value = '']) => [name, value]));
  const signed = headers.replace(/^gpgsig(-sha256)? .*\n(?: .*\n)*/gm, '') + text.slice(end);
  return {
    hash,
    signature: (fields.get('gpgsig') ?? '').replaceAll('\n ', '\n'),
    payload: Buffer.from(signed, 'latin1'),
    author: parsePerson(fields.get('author')),
    committer: parsePerson(fields.get('committer')),
    message: Buffer.from(text.slice(end + 1), 'latin1')
      .toString('utf8')
      .trimEnd(),
  };
}

export interface GitTag extends SignedObject {
  /** What the tag calls itself, which its signature covers; the reference that points to it may have any name. */
  readonly name: string;
}

/** The signature of a tag is the end of its message. */
export async function readTag(gitDir: string, hash: string, signal: AbortSignal): Promise<GitTag> {
  const raw = await readBlob(gitDir, hash, signal);
  const text = raw.toString('latin1');
  const start = /^-----BEGIN (PGP|SSH) SIGNATURE-----$/m.exec(text)?.index ?? text.length;
  const name = /^tag (.*)$/m.exec(text.slice(0, text.indexOf('\n\n') + 1))?.[1] ?? '';
  return {
    hash,
    name: Buffer.from(name, 'latin1').toString('utf8'),
    signature: text.slice(start),
    payload: raw.subarray(0, start),
  };
}

function parsePerson(value = ''): GitPerson {
  const text = Buffer.from(value, 'latin1').toString('utf8');
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<(.*?)> (-?[0-9]+)/.exec(text) ?? [];
  return { name, email, at: Number(seconds) * 1000 };
}
