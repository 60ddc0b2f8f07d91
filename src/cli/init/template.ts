import fs from 'node:fs';
import path from 'node:path';
import type { Answers } from './answers.ts';

/** A file of a new repository. */
export interface NewFile {
  /** Relative to the new repository. */
  readonly path: string;
  readonly content: string;
}

/** What a new repository takes over of this package's own package.json. */
interface Manifest {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** What the new repository needs, in the versions with which this package is built and tested. */
const TOOLS = ['@types/node', 'prettier', 'typescript'];

/** In a clone this is `src/cli/init/`, in the published package `lib/src/cli/init/`. */
const HERE = import.meta.dirname;
const isClone = path.basename(path.join(HERE, '../../..')) !== 'lib';
const ROOT = path.join(HERE, isClone ? '../../..' : '../../../..');
const TEMPLATE = path.join(ROOT, 'src/cli/init/template');

/**
 * Every file of a new repository, but for the tree and the lock file that `npm start` and `npm install` make there.
 *
 * @param slipway where npm takes this package from, as a dependency in package.json names it
 */
export function newFiles(answers: Answers, slipway: string): NewFile[] {
  const templates = fs
    .readdirSync(TEMPLATE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(TEMPLATE, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  return [
    { path: 'package.json', content: packageJson(slipway) },
    ...templates.map((file) => ({
      // npm leaves a `.gitignore` out of what it packs, so the template has `_gitignore`.
      path: file.replaceAll(/(^|\/)_/g, '$1.'),
      content: fill(fs.readFileSync(path.join(TEMPLATE, file), 'utf8'), answers),
    })),
  ].sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** Where npm finds this very package, and for a clone the command that puts it there. */
export function slipwayDependency(folder: string): { readonly spec: string; readonly pack?: string } {
  const { version } = manifest();
  if (!isClone) return { spec: version };
  const clone = path.relative(folder, ROOT).replaceAll(path.sep, '/');
  return { spec: `file:${clone}/slipway-${version}.tgz`, pack: `npm pack ${clone} --pack-destination ${clone}` };
}

function fill(template: string, { name, repository, branch }: Answers): string {
  // Flux has no way to read over SSH without a key.
  const secretRef = repository.startsWith('ssh:') ? "$1secretRef: { name: 'flux-system' },\n" : '';
  return template
    .replaceAll('{{name}}', () => name)
    .replaceAll('{{repository}}', () => repository)
    .replaceAll('{{branch}}', () => branch)
    .replace(/^( *)\/\/ \{\{secretRef\}\}\n/m, secretRef);
}

function packageJson(slipway: string): string {
  const { devDependencies } = manifest();
  const content = {
    private: true,
    type: 'module',
    scripts: {
      start: 'slipway synth',
      test: 'node --test',
      lint: 'tsc && prettier --check .',
      format: 'prettier --write .',
    },
    dependencies: { slipway },
    devDependencies: Object.fromEntries(TOOLS.map((name) => [name, devDependencies[name]])),
    // Slipway brings the Node that it runs on, whose package has an install script.
    allowScripts: { node: true },
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

function manifest(): Manifest {
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Manifest;
}
