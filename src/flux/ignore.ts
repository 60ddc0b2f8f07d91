/**
 * Which files of a source stay out of its artifact: `.sourceignore` files and `spec.ignore`, as source-controller reads
 * them (fluxcd/pkg sourceignore and its gitignore package, storage.SourceIgnoreFilter). The syntax is gitignore's, but
 * the meaning is Flux's own: a file below an excluded folder is judged by itself, so a later `!` can bring it back;
 * a name matches at any depth of the path; `**` next to other characters matches nothing.
 */

/** Excluded always, unless a pattern brings it back (sourceignore.ExcludeVCS). */
const VERSION_CONTROL = ['.git/', '.gitignore', '.gitmodules', '.gitattributes'];

/** Excluded where the source has no pattern of its own (sourceignore.ExcludeExt, ExcludeCI, ExcludeExtra). */
const DEFAULTS = [
  ...['*.jpg', '*.jpeg', '*.gif', '*.png', '*.wmv', '*.flv', '*.tar.gz', '*.zip'],
  ...['.github/', '.circleci/', '.travis.yml', '.gitlab-ci.yml', 'appveyor.yml', '.drone.yml', 'cloudbuild.yaml'],
  ...['codeship-services.yml', 'codeship-steps.yml', '**/.goreleaser.yml', '**/.sops.yaml', '**/.flux.yaml'],
];

/** One line of an ignore file. */
export interface IgnorePattern {
  /** The folder of the file that it stands in, as names from the root; it says nothing of what is outside. */
  readonly domain: readonly string[];
  readonly brings: 'in' | 'out';
  readonly onlyFolders: boolean;
  /** Whether it has a slash before its end, and so is matched from the domain on, instead of at any name. */
  readonly anchored: boolean;
  readonly parts: readonly PatternPart[];
}

interface PatternPart {
  readonly text: string;
  readonly glob: readonly GlobToken[] | undefined;
}

type GlobToken =
  | { readonly kind: 'star' }
  | { readonly kind: 'any' }
  | { readonly kind: 'character'; readonly character: string }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [low: number, high: number])[];
    };

/**
 * The patterns of an ignore file, in their order (sourceignore.ReadPatterns).
 *
 * @param folder where the file stands, relative to the root of the source, with `/` between names; '' for the root
 * (and for `spec.ignore`).
 */
export function parseIgnorePatterns(text: string, folder = ''): IgnorePattern[] {
  const domain = folder === '' ? [] : folder.split('/');
  return text
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => parsePattern(line, domain));
}

/**
 * What decides whether a file or a folder stays out of the artifact (storage.SourceIgnoreFilter): the last pattern that
 * matches it. The defaults count only where the source has no pattern at all.
 *
 * @param patterns those of every `.sourceignore`, an outer folder's before an inner one's, then those of `spec.ignore`.
 * @returns a function of a path relative to the root; `true` where it stays out.
 */
export function ignoreFilter(patterns: readonly IgnorePattern[]): (path: string, isFolder: boolean) => boolean {
  const own = patterns.length > 0 ? patterns : DEFAULTS.map((line) => parsePattern(line, []));
  const all = [...VERSION_CONTROL.map((line) => parsePattern(line, [])), ...own];
  return (path, isFolder) => {
    const names = path.split('/');
    return all.findLast((pattern) => matches(pattern, names, isFolder))?.brings === 'out';
  };
}

/** gitignore.ParsePattern. */
function parsePattern(line: string, domain: readonly string[]): IgnorePattern {
  let text = line;
  const brings = text.startsWith('!') ? 'in' : 'out';
  if (brings === 'in') text = text.slice(1);
  if (!text.endsWith('\\ ')) text = text.replace(/ +$/, '');
  const onlyFolders = text.endsWith('/');
  if (onlyFolders) text = text.slice(0, -1);
  const parts = text.split('/').map((part) => ({ text: part, glob: parseGlob(part) }));
  return { domain, brings, onlyFolders, anchored: parts.length > 1, parts };
}

function matches(pattern: IgnorePattern, path: readonly string[], isFolder: boolean): boolean {
  const { domain } = pattern;
  if (path.length <= domain.length || domain.some((name, index) => path[index] !== name)) return false;
  const names = path.slice(domain.length);
  return pattern.anchored ? matchesPath(pattern, names, isFolder) : matchesAnyName(pattern, names, isFolder);
}

/** gitignore's simpleNameMatch: the first name that fits decides, so a folder's pattern takes all that is below it. */
function matchesAnyName(pattern: IgnorePattern, names: readonly string[], isFolder: boolean): boolean {
  const index = names.findIndex((name) => matchesGlob(pattern.parts[0]?.glob, name));
  if (index === -1) return false;
  return !(pattern.onlyFolders && !isFolder && index === names.length - 1);
}

/** gitignore's globMatch: part for part, where `**` skips to the first name that fits the next part. */
function matchesPath(pattern: IgnorePattern, names: readonly string[], isFolder: boolean): boolean {
  let matched = false;
  let skips = false;
  let at = 0;
  for (const [index, part] of pattern.parts.entries()) {
    if (part.text === '') {
      skips = false;
      continue;
    }
    if (part.text === '**') {
      if (index === pattern.parts.length - 1) break;
      skips = true;
      continue;
    }
    if (part.text.includes('**') || at === names.length) return false;
    if (skips) {
      skips = false;
      const found = names.findIndex((name, position) => position >= at && matchesGlob(part.glob, name));
      matched = found !== -1;
      at = matched ? found + 1 : names.length;
    } else {
      if (!matchesGlob(part.glob, names[at] ?? '')) return false;
      matched = true;
      at += 1;
    }
  }
  return matched && !(pattern.onlyFolders && !isFolder && at === names.length);
}

/**
 * The tokens of a pattern for one name, as Go's filepath.Match reads it; `undefined` where it is malformed, for then it
 * matches nothing.
 */
function parseGlob(pattern: string): GlobToken[] | undefined {
  const characters = Array.from(pattern);
  const tokens: GlobToken[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at++] ?? '';
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character === '[') {
      const parsed = parseClass(characters, at);
      if (parsed === undefined) return undefined;
      tokens.push(parsed.token);
      at = parsed.end;
    } else if (character === '\\') {
      const escaped = characters[at++];
      if (escaped === undefined) return undefined;
      tokens.push({ kind: 'character', character: escaped });
    } else tokens.push({ kind: 'character', character });
  }
  return tokens;
}

function parseClass(characters: readonly string[], start: number): { token: GlobToken; end: number } | undefined {
  let at = start;
  const negated = characters[at] === '^';
  if (negated) at += 1;
  const ranges: [number, number][] = [];
  const bound = () => {
    if (characters[at] === '-' || characters[at] === ']') return undefined;
    if (characters[at] === '\\') at += 1;
    const code = characters[at]?.codePointAt(0);
    at += 1;
    return at < characters.length ? code : undefined;
  };
  while (characters[at] !== ']' || ranges.length === 0) {
    const low = bound();
    if (low === undefined) return undefined;
    let high: number | undefined = low;
    if (characters[at] === '-') {
      at += 1;
      high = bound();
      if (high === undefined) return undefined;
    }
    ranges.push([low, high]);
  }
  return { token: { kind: 'class', negated, ranges }, end: at + 1 };
}

/** Steps back to the last star only, which is enough for a match and keeps hostile patterns cheap. */
function matchesGlob(glob: readonly GlobToken[] | undefined, name: string): boolean {
  if (glob === undefined) return false;
  const characters = Array.from(name);
  let token = 0;
  let at = 0;
  let star = -1;
  let resume = 0;
  while (at < characters.length) {
    const next = glob[token];
    if (next?.kind === 'star') {
      star = token++;
      resume = at;
    } else if (next !== undefined && matchesOne(next, characters[at] ?? '')) {
      token += 1;
      at += 1;
    } else if (star !== -1) {
      token = star + 1;
      at = ++resume;
    } else return false;
  }
  return glob.slice(token).every(({ kind }) => kind === 'star');
}

function matchesOne(token: GlobToken, character: string): boolean {
  if (token.kind === 'character') return token.character === character;
  if (token.kind !== 'class') return true;
  const code = character.codePointAt(0) ?? 0;
  return token.ranges.some(([low, high]) => low <= code && code <= high) !== token.negated;
}
