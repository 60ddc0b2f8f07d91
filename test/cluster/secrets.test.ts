import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { homelabObjects } from '../support/homelab.ts';
import { REPOSITORY } from '../support/project.ts';

const objects = await homelabObjects();
const page = fs.readFileSync(path.join(REPOSITORY, 'docs/cluster.md'), 'utf8');

/** The rows of the table under a heading, each cell without its quotes. */
function rows(heading: string): string[][] {
  const section = page.slice(page.indexOf(`### ${heading}`)).split(/\n(?=#)/)[0] ?? '';
  return [...section.matchAll(/^\| `(.+?)`\s*\| `(.+?)`\s*\| `?(.+?)`?\s*\|$/gm)].map(([, ...cells]) => cells);
}

const external = objects
  .filter(({ kind }) => kind === 'ExternalSecret')
  .map(({ metadata, spec }) => {
    const { dataFrom } = spec as { dataFrom: [{ extract: { key: string } }] };
    return [metadata.name, metadata.namespace, dataFrom[0].extract.key];
  });

describe('docs/cluster.md', () => {
  test('lists exactly the Secrets that come from Vault', () => {
    expect(rows('Vault').sort()).toEqual(external.sort());
  });

  test('lists every other Secret that the tree names, but for those that operators make', () => {
    const listed = new Set([...rows('Vault'), ...rows('SOPS')].map(([name, namespace]) => `${namespace}/${name}`));
    const text = (value: unknown): string => JSON.stringify(value);
    const named = objects.flatMap(({ kind, metadata, ...object }) =>
      kind === 'ExternalSecret'
        ? []
        : [
            ...text(object).matchAll(
              /"(?:secretName|existingSecret|existingSecretName|backupTargetCredentialSecret)":"([^"]+)"|"(?:secretRef|secretKeyRef|certSecretRef|apiTokenSecretRef)":\{(?:"key":"[^"]*",)?"name":"([^"]+)"/g,
            ),
          ].map(([, first, second]) => `${metadata.namespace ?? 'cert-manager'}/${first ?? second ?? ''}`),
    );
    // CloudNativePG makes `<database>-app`, cert-manager what a Certificate names.
    const databases = objects
      .filter(({ kind }) => kind === 'Cluster')
      .map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}-app`);
    const certificates = objects
      .filter(({ kind }) => kind === 'Certificate')
      .map(({ metadata, spec }) => `${metadata.namespace ?? ''}/${(spec as { secretName: string }).secretName}`);
    const made = new Set([...databases, ...certificates]);
    expect(named.length).toBeGreaterThan(30);
    expect([...new Set(named)].filter((name) => !listed.has(name) && !made.has(name))).toEqual([]);
  });
});

describe('the tree', () => {
  test('has no Secret in plain text', () => {
    const secrets = objects.filter(({ kind, apiVersion }) => kind === 'Secret' && apiVersion === 'v1');
    expect(secrets.filter((secret) => !('sops' in secret))).toEqual([]);
  });
});
