import {
  formatIdentity,
  identityOf,
  isObject,
  type JsonObject,
  mapOf,
  objectsOf,
  textOf,
} from '../../manifest/index.ts';
import type { Danger } from './danger.ts';
import type { ObjectChange } from './diff.ts';
import type { Snapshot } from './snapshot.ts';

interface Versions {
  readonly all: ReadonlySet<string>;
  readonly served: readonly string[];
  /** In which objects are stored. */
  readonly stored: string | undefined;
}

/**
 * What becomes of the versions of a custom kind. One in which objects are stored cannot go, since it stands in
 * status.storedVersions (apiextensions: ValidateCustomResourceDefinitionUpdate); one that is served no longer is a failure for all
 * that asks for it.
 */
export function versionDangers({ identity, before, after }: ObjectChange, now: Snapshot): readonly Danger[] {
  if (identity.kind !== 'CustomResourceDefinition' || before === undefined || after === undefined) return [];
  const [old, next] = [versionsOf(before), versionsOf(after)];
  const object = formatIdentity(identity);
  const { stored } = old;
  const isRefused = stored !== undefined && !next.all.has(stored);
  const gone = old.served.filter((version) => !next.served.includes(version));
  return [
    ...(isRefused ? [{ kind: 'immutable', object, sentence: refused(stored) } as const] : []),
    ...gone
      .filter((version) => !isRefused || version !== stored)
      .map(
        (version) => ({ kind: 'unserved', object, sentence: unserved(version, usersOf(after, version, now)) }) as const,
      ),
  ];
}

function versionsOf({ spec }: JsonObject): Versions {
  const versions = objectsOf(mapOf(spec).versions);
  return {
    all: new Set(versions.map(({ name }) => textOf(name))),
    served: versions.filter(({ served }) => served === true).map(({ name }) => textOf(name)),
    stored: versions.filter(({ storage }) => storage === true).map(({ name }) => textOf(name))[0],
  };
}

function refused(version: string): string {
  return `Objects are stored in version ${version}, which is gone: the API server refuses that until they are all written anew and status.storedVersions lacks it.`;
}

function unserved(version: string, users: readonly string[]): string {
  const [first] = users;
  const others = users.length > 1 ? ` and ${users.length - 1} more` : '';
  const who =
    first === undefined
      ? 'whatever asks for it fails'
      : `${first}${others} here ${others === '' ? 'is' : 'are'} of it, and cannot be applied any more`;
  return `Version ${version} is no longer served: ${who}.`;
}

/** Objects that the repository makes of that version. */
function usersOf({ spec }: JsonObject, version: string, now: Snapshot): readonly string[] {
  const { group, names } = mapOf(spec);
  const kind = isObject(names) ? names.kind : undefined;
  return now.flatMap(({ objects }) =>
    objects
      .filter((one) => one.kind === kind && one.apiVersion === `${textOf(group)}/${version}`)
      .map((one) => formatIdentity(identityOf(one))),
  );
}
