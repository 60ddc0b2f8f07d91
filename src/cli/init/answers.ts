/** What `slipway init` has to know, and which answers it takes. */
import { SlipwayError } from '../../errors.ts';
import { nameProblem } from '../../manifest/index.ts';

export interface Answers {
  readonly name: string;
  /** As a Flux GitRepository takes it. */
  readonly repository: string;
  readonly branch: string;
}

/** Reads an answer as it was given. @throws SlipwayError `init/answer` */
export const PARSERS: Readonly<Record<keyof Answers, (answer: string) => string>> = {
  name: parseName,
  repository: parseRepository,
  branch: parseBranch,
};

/** The name of a folder as that of a cluster, as far as that can be. */
export function nameOfFolder(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? 'cluster' : name;
}

function parseName(answer: string): string {
  const problem = nameProblem('label', answer);
  if (problem !== undefined) throw wrong(`The name of the cluster ${problem}.`, 'For example: --name home.');
  return answer;
}

/**
 * Flux takes `http://`, `https://` and `ssh://` (the pattern of `spec.url` in its CRD); git's short form
 * `git@host:path` is written out.
 */
function parseRepository(answer: string): string {
  const short = /^([\w.-]+@[\w.-]+):(?!\/\/)\/?(.+)$/.exec(answer);
  const text = short === null ? answer : `ssh://${short[1] ?? ''}/${short[2] ?? ''}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What is put between quotes in TypeScript, YAML and a shell must not end them.
  if (url === undefined || !/^(https?|ssh):$/.test(url.protocol) || !/^[\w.~:/?#@!&()*+,;=%[\]-]+$/.test(text)) {
    throw wrong(
      'The repository is no URL that Flux takes.',
      'For example: --repository https://git.example.org/me/home.git, or ssh://git@git.example.org/me/home.git.',
    );
  }
  if (url.password !== '' || (url.username !== '' && url.protocol !== 'ssh:')) {
    throw wrong(
      'The URL of the repository holds a password or a user.',
      'Leave them out: Flux takes them from a Secret (`secretRef`), and nothing secret belongs in git.',
    );
  }
  return text;
}

/** Of what git allows (git check-ref-format), what needs no quoting anywhere. */
function parseBranch(answer: string): string {
  if (/^(?![-/.])(?!.*(?:\.\.|\/\/|\/\.|\.lock(?:\/|$)))[\w./+-]+(?<![/.])$/.test(answer)) return answer;
  throw wrong("The branch must be letters, digits, '.', '_', '+', '-' and '/'.", 'For example: --branch main.');
}

function wrong(message: string, remedy: string): SlipwayError {
  return new SlipwayError({ code: 'init/answer', message, remedy, exitStatus: 2 });
}
