import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/**
 * What synth last wrote in this working copy, by digest, so that its own output is told from a person's edit where
 * git cannot tell (not committed yet, or no git at all). It is a convenience kept outside of the tree: without it
 * nothing is lost, synth only stops more often.
 */
export type LastWritten = ReadonlyMap<string, ReadonlySet<string>>;

const FILE = 'last-written';

export function digestOf(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Unreadable lines are passed over: they only make synth more careful. */
export function readLastWritten(stateDirectory: string): LastWritten {
  const digests = new Map<string, Set<string>>();
  let text: string;
  try {
    text = fs.readFileSync(path.join(stateDirectory, FILE), 'utf8');
  } catch {
    return digests;
  }
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]{64}) (.+)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    const known = digests.get(match[2]);
    if (known) known.add(match[1]);
    else digests.set(match[2], new Set([match[1]]));
  }
  return digests;
}

/** Replaces the record in one rename, so that a process killed here leaves the old one. */
export function writeLastWritten(stateDirectory: string, digests: LastWritten): void {
  const lines: string[] = [];
  for (const [file, known] of digests) for (const digest of known) lines.push(`${digest} ${file}\n`);
  const target = path.join(stateDirectory, FILE);
  fs.writeFileSync(`${target}.new`, lines.sort().join(''));
  fs.renameSync(`${target}.new`, target);
}
