import { SlipwayError } from '../errors.ts';
import { whyNotATreePath } from './tree-path.ts';

/**
 * The ownership list: the files of the tree that synth wrote, one path a line, sorted, and in its first line whose they
 * are. It holds no digests, so that two branches that each add an app merge line by line.
 */
export const OWNERSHIP_FILE = '.owned-by-slipway';

export interface Ownership {
  /** The name of the cluster; `undefined` where the list names none. */
  readonly owner: string | undefined;
  readonly paths: ReadonlySet<string>;
}

const OWNER = /^# Files of (\S+) that/;
const CONFLICT_MARKER = /^(<{7}|={7}|>{7}|\|{7})( |$)/;

export function formatOwnership(owner: string, paths: Iterable<string>): string {
  const header = `# Files of ${owner} that \`slipway synth\` writes and deletes; every other file here is left alone.`;
  // Code-unit order, the same on every machine and in every locale.
  return `${header}\n${[...paths].sort().join('\n')}\n`;
}

/**
 * Reads the list. It comes with the repository, so it is not trusted: a path that leaves the tree is refused. The
 * markers of an unresolved merge are passed over, since both sides' files were written by synth.
 *
 * @throws SlipwayError `tree/ownership-list`
 */
export function parseOwnership(text: string): Ownership {
  const paths = new Set<string>();
  let lineNumber = 0;
  for (const rawLine of text.split('\n')) {
    lineNumber += 1;
    const line = rawLine.endsWith('\r') ? rawLine.slice(0, -1) : rawLine;
    if (line === '' || line.startsWith('#') || CONFLICT_MARKER.test(line)) continue;
    const reason = whyNotATreePath(line);
    if (reason !== undefined) {
      throw new SlipwayError({
        code: 'tree/ownership-list',
        message: `The ownership list names ${JSON.stringify(line)}, which is no file of the tree: ${reason}.`,
        remedy: 'Restore the list from git, or take the line out.',
        place: { file: OWNERSHIP_FILE, line: lineNumber },
      });
    }
    paths.add(line);
  }
  return { owner: OWNER.exec(text)?.[1], paths };
}
