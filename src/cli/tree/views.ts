import { formatIdentity } from '../../manifest/index.ts';
import type { ObjectNode } from '../../reconciler/index.ts';
import { type Colour, cut, type Terminal } from '../terminal.ts';

const COLOURS: Readonly<Record<string, Colour>> = {
  Current: 'green',
  InProgress: 'yellow',
  Terminating: 'yellow',
  Failed: 'red',
  NotFound: 'red',
};

/** For people at a terminal: what is well by its name alone, of the rest also why it is not. */
export function treeText(nodes: readonly ObjectNode[], terminal: Terminal): string {
  return nodes.map((node) => `${treeLines(node, '', '', terminal).join('\n')}\n`).join('\n');
}

function treeLines(node: ObjectNode, head: string, below: string, terminal: Terminal): readonly string[] {
  const { width, paint } = terminal;
  const { identity, health, children, note } = node;
  const name = `${head}${formatIdentity(identity)}`;
  const said = note ?? saidOf(health);
  const shown = width === undefined ? said : cut(said, width - name.length - 2);
  const colour = health === undefined ? 'dim' : COLOURS[health.status];
  const line = shown === '' ? paint(name, undefined) : `${name}  ${paint(shown, colour)}`;
  const last = children.length - 1;
  return [
    line,
    ...children.flatMap((child, at) =>
      treeLines(
        child,
        `${below}${at === last ? '└── ' : '├── '}`,
        `${below}${at === last ? '    ' : '│   '}`,
        terminal,
      ),
    ),
  ];
}

function saidOf(health: ObjectNode['health']): string {
  if (health === undefined) return 'may not be read';
  if (health.status === 'Current') return health.message === 'suspended' ? 'suspended' : '';
  return `${health.status}: ${health.message}`;
}

/** For programs. */
export function treeData({ identity, health, children, note }: ObjectNode): object {
  return {
    ...identity,
    health: health ?? null,
    ...(note === undefined ? {} : { note }),
    children: children.map(treeData),
  };
}
