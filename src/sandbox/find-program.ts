import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../errors.ts';
import { findTool } from '../programs.ts';

/**
 * Path of a program of the control plane: from the folder that KUBEBUILDER_ASSETS names (as envtest and setup-envtest
 * of controller-runtime have it), else one that `npm run tools` built, else from PATH.
 */
export function findSandboxProgram(name: string, env: NodeJS.ProcessEnv): string | undefined {
  const assets = env.KUBEBUILDER_ASSETS ?? '';
  const fromAssets = assets === '' ? undefined : join(assets, name);
  if (fromAssets !== undefined && isExecutable(fromAssets)) return fromAssets;
  return findTool(name, undefined, env.PATH);
}

/**
 * Paths of all of these programs, by name.
 *
 * @throws {SlipwayError} `sandbox/no-program` (status 3), which names all that are missing.
 */
export function requirePrograms<Name extends string>(
  names: readonly Name[],
  env: NodeJS.ProcessEnv,
): Readonly<Record<Name, string>> {
  const found = names.map((name) => [name, findSandboxProgram(name, env)] as const);
  const missing = found.filter(([, path]) => path === undefined).map(([name]) => name);
  if (missing.length > 0) {
    throw new SlipwayError({
      code: 'sandbox/no-program',
      message: `A sandbox takes ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not on this machine.`,
      remedy:
        `In a clone of slipway, \`npm run tools ${missing.join(' ')}\` builds them from source with Go. ` +
        'Or put them on PATH, or set KUBEBUILDER_ASSETS to the folder that `setup-envtest use -p path` prints.',
      exitStatus: 3,
    });
  }
  // Every path is defined: none was missing.
  return Object.fromEntries(found) as Record<Name, string>;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
