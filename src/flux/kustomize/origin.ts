import { posix } from 'node:path';

/** Where a resource comes from, as `buildMetadata: [originAnnotations]` says it (kustomize: resource.Origin). */
export interface Origin {
  /** Relative to the folder of the build. */
  readonly path?: string;
  readonly configuredIn?: string;
  /** The kind of the generator that made it. */
  readonly configuredBy?: string;
}

export function joinOrigin(folder: string, path: string): string {
  return posix.join(folder, path);
}

/** The annotation's value; only names of files that need no quotes in YAML. */
export function formatOrigin({ path, configuredIn, configuredBy }: Origin): string | undefined {
  const paths = [path, configuredIn].filter((text) => text !== undefined);
  if (!paths.every((text) => /^[A-Za-z./_][A-Za-z0-9./_-]*[A-Za-z/_][A-Za-z0-9./_-]*$/.test(text))) return undefined;
  const lines = [
    ...(path === undefined || path === '' ? [] : [`path: ${path}`]),
    ...(configuredIn === undefined ? [] : [`configuredIn: ${configuredIn}`]),
    ...(configuredBy === undefined ? [] : ['configuredBy:', '  apiVersion: builtin', `  kind: ${configuredBy}`]),
  ];
  return `${lines.join('\n')}\n`;
}
