import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Construct, IConstruct } from 'constructs';

/** Deep enough to get out of a helper inside a library's construct, short enough to cost some microseconds. */
const STACK_DEPTH = 10;
const PACKAGE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** The library's own code; what else lies beside it, such as this repository's main.ts, is an author's. */
const OWN_FOLDERS = ['bin', 'constructs', 'imports', 'src'].map((folder) => path.join(PACKAGE, folder) + path.sep);

/** What V8 captured; the text is made when `stack` is first read. */
interface Captured {
  readonly stack?: string;
}

/** Of a scope, what was captured for each of its children, by id. */
const CAPTURED = Symbol('slipway.captured');

interface RecordedNode {
  addChild: (child: IConstruct, id: string) => void;
  [CAPTURED]?: Map<string, Captured>;
}

/**
 * From now on remembers the line of TypeScript that adds a child to this scope. `Node.addChild` is the one place that
 * every construct of every library passes when it is made (constructs: construct.ts, `Node`'s constructor).
 */
export function recordChildren(scope: Construct): void {
  const node = scope.node as unknown as RecordedNode;
  const addChild = node.addChild.bind(node);
  const captured = new Map<string, Captured>();
  node[CAPTURED] = captured;
  Object.defineProperty(node, 'addChild', {
    value: (child: IConstruct, id: string): void => {
      addChild(child, id);
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = STACK_DEPTH;
      const holder = {};
      Error.captureStackTrace(holder);
      Error.stackTraceLimit = limit;
      captured.set(id, holder);
    },
  });
}

/**
 * The author's lines that made a construct or the nearest of its scopes that was recorded, innermost first, as
 * `file:line:column` relative to `root`.
 */
export function sourceLines(construct: IConstruct, root: string): readonly string[] {
  for (let at: IConstruct = construct; at.node.scope !== undefined; at = at.node.scope) {
    const scope = at.node.scope.node as unknown as RecordedNode;
    const stack = scope[CAPTURED]?.get(at.node.id)?.stack;
    if (stack !== undefined) return authorLines(stack, root);
  }
  return [];
}

/**
 * The author's lines of a stack, innermost first, as `file:line:column` relative to `root`: what lies in the project and
 * is neither the library nor another package.
 */
export function authorLines(stack: string, root: string): string[] {
  const lines: string[] = [];
  for (const frame of stack.split('\n')) {
    const match = /\(?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/.exec(frame);
    if (match?.[1] === undefined) continue;
    const file = match[1].startsWith('file://') ? fileURLToPath(match[1].replace(/\?.*$/, '')) : match[1];
    if (OWN_FOLDERS.some((own) => file.startsWith(own)) || file.includes(`${path.sep}node_modules${path.sep}`))
      continue;
    // Frames outside of the project are the program that loaded it.
    const relative = path.relative(root, file);
    if (relative.startsWith('..')) continue;
    lines.push(`${relative}:${match[2] ?? ''}:${match[3] ?? ''}`);
  }
  return lines;
}
