/**
 * The audit log: a line of JSON for each change that was made in a cluster, in a file that only its owner reads. When it
 * is full it becomes `<file>.1`, what was that `<file>.2`, and so on; the oldest goes.
 */
import fs from 'node:fs';
import path from 'node:path';
import { SlipwayError, systemCode } from '../errors.ts';
import { isList, isObject, type Json, type JsonObject, type ObjectIdentity, textOf } from '../manifest/index.ts';
import type { Audit, Change } from './audit.ts';

/** A change with the time at which it was made, in milliseconds since 1970. */
export interface AuditEntry extends Change {
  readonly time: number;
}

export interface AuditLogOptions {
  /** Default: 10 MiB. */
  readonly maxBytes?: number;
  /** How many full files are kept besides. Default: 9. */
  readonly kept?: number;
  /** Is told of the first change that could not be written, and of the first one after others could. */
  readonly onFailure: (error: SlipwayError) => void;
}

export interface AuditLog {
  readonly audit: Audit;
  readonly close: () => void;
}

const MAX_BYTES = 10 * 1024 * 1024;
const KEPT = 9;

/**
 * Opens a log to write to; its folder is made. Each change is in the file when `audit` returns, so a process that is
 * killed loses none. One process writes to a file at a time.
 *
 * @throws SlipwayError `audit/unwritable` (status 3)
 */
export function openAuditLog(
  file: string,
  { maxBytes = MAX_BYTES, kept = KEPT, onFailure }: AuditLogOptions,
): AuditLog {
  let opened: Opened | undefined = open(file);
  let isFailing = false;
  const close = (): void => {
    const fd = opened?.fd;
    // Forgotten first: its number is another file's as soon as it is closed.
    opened = undefined;
    if (fd !== undefined) fs.closeSync(fd);
  };
  const write = (change: Change): void => {
    const line = Buffer.from(`${JSON.stringify(lineOf(change, Date.now()))}\n`);
    if (opened !== undefined && opened.size > 0 && opened.size + line.length > maxBytes && opened.isRegular) {
      close();
      rotate(file, kept);
    }
    opened ??= open(file);
    fs.writeSync(opened.fd, line);
    opened.size += line.length;
  };
  return {
    audit: (change) => {
      try {
        write(change);
        isFailing = false;
      } catch (error) {
        if (!isFailing) onFailure(error instanceof SlipwayError ? error : unwritable(file, error));
        isFailing = true;
      }
    },
    close,
  };
}

interface Opened {
  readonly fd: number;
  readonly isRegular: boolean;
  size: number;
}

function open(file: string): Opened {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const fd = fs.openSync(file, 'a', 0o600);
    const stat = fs.fstatSync(fd);
    const isRegular = stat.isFile();
    if (isRegular && (stat.mode & 0o077) !== 0) fs.fchmodSync(fd, 0o600);
    // A process that was killed in the middle of a line leaves half of one, which ends here.
    if (isRegular && stat.size > 0 && !endsWithNewline(file, stat.size)) fs.writeSync(fd, '\n');
    return { fd, isRegular, size: stat.size };
  } catch (error) {
    throw unwritable(file, error);
  }
}

function endsWithNewline(file: string, size: number): boolean {
  const fd = fs.openSync(file, 'r');
  try {
    const last = Buffer.alloc(1);
    fs.readSync(fd, last, 0, 1, size - 1);
    return last.toString() === '\n';
  } finally {
    fs.closeSync(fd);
  }
}

function rotate(file: string, kept: number): void {
  const names = [file, ...Array.from({ length: kept }, (_, index) => `${file}.${index + 1}`)];
  for (const [index, name] of [...names.entries()].reverse()) {
    const next = names[index + 1];
    if (next === undefined) fs.rmSync(name, { force: true });
    else if (fs.existsSync(name)) fs.renameSync(name, next);
  }
}

/** The members of a line. What they are called is an interface. */
function lineOf(change: Change, time: number): JsonObject {
  const { operation, object, kustomization, revision, commit, fields, cause } = change;
  const { group, version, kind, namespace, name } = object;
  return {
    time: new Date(time).toISOString(),
    operation,
    object: { group, version, kind, ...(namespace === '' ? {} : { namespace }), name },
    kustomization,
    revision,
    ...(commit === undefined ? {} : { commit: { ...commit } }),
    fields,
    cause,
  };
}

/**
 * What a log and the full files beside it hold since a time, the oldest first. A line that is no entry is passed over.
 *
 * @param since in milliseconds since 1970
 * @returns nothing where there is no such file
 * @throws SlipwayError `audit/unreadable` (status 3)
 */
export function* readAuditLog(file: string, since = 0): Generator<AuditEntry, void, undefined> {
  for (const name of filesOf(file)) {
    for (const line of fileText(name).split('\n')) {
      const entry = parseLine(line);
      if (entry !== undefined && entry.time >= since) yield entry;
    }
  }
}

function filesOf(file: string): readonly string[] {
  const full: string[] = [];
  while (fs.existsSync(`${file}.${full.length + 1}`)) full.push(`${file}.${full.length + 1}`);
  return [...full.reverse(), file];
}

function fileText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    // It is renamed while the log is rotated.
    if (systemCode(cause) === 'ENOENT') return '';
    throw new SlipwayError({
      code: 'audit/unreadable',
      message: 'The audit log cannot be read.',
      remedy: 'It belongs to whoever ran `slipway sync`.',
      place: { file },
      exitStatus: 3,
      cause,
    });
  }
}

function parseLine(line: string): AuditEntry | undefined {
  const value = parseJson(line);
  if (!isObject(value)) return undefined;
  const { time, operation, object, kustomization, revision, commit, fields, cause } = value;
  const at = Date.parse(textOf(time));
  if (Number.isNaN(at) || !isOperation(operation) || !isObject(object)) return undefined;
  return {
    time: at,
    operation,
    object: identityOf(object),
    kustomization: textOf(kustomization),
    revision: textOf(revision),
    commit: isObject(commit)
      ? { hash: textOf(commit.hash), author: textOf(commit.author), subject: textOf(commit.subject) }
      : undefined,
    fields: isList(fields) ? fields.filter((one) => typeof one === 'string') : [],
    cause: textOf(cause) as Change['cause'],
  };
}

function parseJson(line: string): Json | undefined {
  try {
    return JSON.parse(line) as Json;
  } catch {
    return undefined;
  }
}

function isOperation(name: Json | undefined): name is Change['operation'] {
  return name === 'created' || name === 'configured' || name === 'deleted';
}

function identityOf({ group, version, kind, namespace, name }: JsonObject): ObjectIdentity {
  return {
    group: textOf(group),
    version: textOf(version),
    kind: textOf(kind),
    namespace: textOf(namespace),
    name: textOf(name),
  };
}

function unwritable(file: string, cause: unknown): SlipwayError {
  return new SlipwayError({
    code: 'audit/unwritable',
    message: `The audit log cannot be written${systemCode(cause) === 'ENOSPC' ? ': there is no space left' : ''}.`,
    remedy: 'Make room or mend its rights, or name another file by --audit-log.',
    place: { file },
    exitStatus: 3,
    cause,
  });
}
