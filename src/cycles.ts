/**
 * The circles that are met on the way from these nodes, each from one of its nodes on to the last before it again. Depth
 * first over an explicit stack, each node once: a chain may be longer than the call stack is deep.
 */
export function cyclesFrom<Node>(starts: Iterable<Node>, nextOf: (node: Node) => readonly Node[]): Node[][] {
  const cycles: Node[][] = [];
  const done = new Set<Node>();
  for (const start of starts) {
    const path: { node: Node; nodes: readonly Node[]; at: number }[] = [];
    const onPath = new Set<Node>();
    const enter = (node: Node): void => {
      onPath.add(node);
      path.push({ node, nodes: nextOf(node), at: 0 });
    };
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node, nodes, at } = top;
      const next = nodes[at];
      top.at += 1;
      if (next === undefined) {
        done.add(node);
        onPath.delete(node);
        path.pop();
      } else if (onPath.has(next)) {
        const way = path.map((step) => step.node);
        cycles.push(way.slice(way.indexOf(next)));
      } else if (!done.has(next)) {
        enter(next);
      }
    }
  }
  return cycles;
}
