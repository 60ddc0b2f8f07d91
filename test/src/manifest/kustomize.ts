import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, YamlDocument } from '../../../src/manifest/index.ts';

/**
 * What the real kustomize makes of a folder with these files, one of them its kustomization.yaml.
 *
 * @throws Error with what it says on standard error.
 */
export function kustomizeBuild(program: string, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-manifest-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const run = spawnSync(program, ['build', folder], { encoding: 'utf8', maxBuffer: 2 ** 30 });
    if (run.status !== 0) throw new Error(run.stderr);
    return run.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * What kustomize makes of objects that are given to it as JSON, of which there are no two ways to read it: if it makes
 * the same of a YAML text, byte for byte, then that text means these objects to it.
 */
export function kustomizeBuildJson(program: string, objects: readonly Json[]): string {
  return kustomizeBuildResources(program, objects.map((object) => `${toJson(object)}\n`).join('---\n'));
}

export function kustomizeBuildResources(program: string, stream: string): string {
  return kustomizeBuild(program, { 'kustomization.yaml': 'resources: [resources.yaml]\n', 'resources.yaml': stream });
}

/** JSON with bigints as numbers, and with those characters escaped that Go's YAML reader takes for something else. */
function toJson(value: Json): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === 'bigint' ? `bigint:${member}` : member))
    .replace(/"bigint:(-?\d+)"/g, '$1')
    .replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function valuesOf(documents: readonly YamlDocument[]): readonly Json[] {
  return documents.map((document) => document.value);
}
