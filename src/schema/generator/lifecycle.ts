/** Since when and until when Kubernetes serves each version of its kinds, out of its modules' Go code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Minor releases of 1.x: introduced, deprecated, removed (null: not yet), and the apiVersion to go to, if the code names
 * one. `src/schema/lifecycle.ts` reads it.
 */
type Lifecycle = readonly [introduced: number, deprecated: number | null, removed: number | null, replacement?: string];

const FILE = 'zz_generated.prerelease-lifecycle.go';

/** Lifecycles by apiVersion, then kind, for the folders of some modules. */
export function lifecycles(modules: readonly string[]): Readonly<Record<string, Readonly<Record<string, Lifecycle>>>> {
  const packages = modules
    .flatMap((module) =>
      readdirSync(module, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith(FILE))
        .map((file) => join(module, file.slice(0, -FILE.length))),
    )
    .map((folder) => [apiVersionOf(folder), readLifecycles(readFileSync(join(folder, FILE), 'utf8'))] as const)
    .filter(([, kinds]) => Object.keys(kinds).length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(packages);
}

function apiVersionOf(folder: string): string {
  const group = /const GroupName = "([^"]*)"/.exec(readFileSync(join(folder, 'register.go'), 'utf8'))?.[1];
  const version = folder.split('/').findLast((part) => part !== '');
  if (group === undefined || version === undefined) throw new Error(`${folder} names no API group`);
  return group === '' ? version : `${group}/${version}`;
}

function readLifecycles(source: string): Readonly<Record<string, Lifecycle>> {
  const releases = (event: string): ReadonlyMap<string, number> =>
    new Map(
      [
        ...source.matchAll(new RegExp(`\\(in \\*(\\w+)\\) APILifecycle${event}\\(\\).*\\n\\treturn 1, (\\d+)\\n`, 'g')),
      ].map(([, kind = '', minor]) => [kind, Number(minor)]),
    );
  const [introduced, deprecated, removed] = [releases('Introduced'), releases('Deprecated'), releases('Removed')];
  const replacements = new Map(
    [
      ...source.matchAll(
        /\(in \*(\w+)\) APILifecycleReplacement\(\).*\n.*Group: "(.*)", Version: "(.*)", Kind: "(.*)"/g,
      ),
    ].map(([, kind = '', group = '', version = '']) => [kind, group === '' ? version : `${group}/${version}`]),
  );
  return Object.fromEntries(
    [...introduced]
      .filter(([kind]) => !kind.endsWith('List'))
      .map(([kind, minor]) => {
        const replacement = replacements.get(kind);
        const events = [minor, deprecated.get(kind) ?? null, removed.get(kind) ?? null] as const;
        return [kind, replacement === undefined ? events : [...events, replacement]];
      }),
  );
}
