/** One character of a pattern, or a star. */
type Element = '*' | ((character: string) => boolean);

/**
 * A matcher for a shell pattern: `*` (any text, `/` too), `?`, `[a-z]`, `[^a-z]`, `\` before a character
 * (fluxcd/pkg envsubst: path.Match). A malformed pattern matches nothing.
 */
export function matchesGlob(pattern: string): (characters: readonly string[]) => boolean {
  const elements = parse(Array.from(pattern));
  return elements === undefined ? () => false : (characters) => matches(elements, characters);
}

/** The last star takes as much as it must: going back to an earlier one never finds more. */
function matches(elements: readonly Element[], characters: readonly string[]): boolean {
  let element = 0;
  let at = 0;
  let star: { element: number; at: number } | undefined;
  while (at < characters.length) {
    const current = elements[element];
    if (current === '*') {
      star = { element, at };
      element++;
    } else if (current?.(characters[at] ?? '') === true) {
      element++;
      at++;
    } else if (star !== undefined) {
      star.at++;
      element = star.element + 1;
      at = star.at;
    } else return false;
  }
  return elements.slice(element).every((rest) => rest === '*');
}

function parse(pattern: readonly string[]): readonly Element[] | undefined {
  const elements: Element[] = [];
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? '';
    if (character === '*') elements.push('*');
    else if (character === '?') elements.push(() => true);
    else if (character === '[') {
      const set = parseClass(pattern, i + 1);
      if (set === undefined) return undefined;
      elements.push(set.matches);
      i = set.end;
    } else {
      const literal = character === '\\' ? pattern[++i] : character;
      if (literal === undefined) return undefined;
      elements.push((other) => other === literal);
    }
  }
  return elements;
}

/** The class whose content starts at `start`, with the position of its `]`. */
function parseClass(
  pattern: readonly string[],
  start: number,
): { matches: (character: string) => boolean; end: number } | undefined {
  const isNegated = pattern[start] === '^';
  const ranges: { low: number; high: number }[] = [];
  let i = isNegated ? start + 1 : start;
  while (ranges.length === 0 || pattern[i] !== ']') {
    const low = parseBound(pattern, i);
    if (low === undefined) return undefined;
    const high = pattern[low.next] === '-' ? parseBound(pattern, low.next + 1) : low;
    if (high === undefined) return undefined;
    ranges.push({ low: low.code, high: high.code });
    i = high.next;
  }
  return {
    matches: (character) => {
      const code = character.codePointAt(0) ?? 0;
      return ranges.some(({ low, high }) => low <= code && code <= high) !== isNegated;
    },
    end: i,
  };
}

/** One end of a range; something must follow it. */
function parseBound(pattern: readonly string[], at: number): { code: number; next: number } | undefined {
  const first = pattern[at];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const position = first === '\\' ? at + 1 : at;
  const code = pattern[position]?.codePointAt(0);
  return code === undefined || position + 1 >= pattern.length ? undefined : { code, next: position + 1 };
}
