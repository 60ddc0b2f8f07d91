import type { SlipwayError } from '../../errors.ts';
import type { RenderedRelease } from '../helm/index.ts';
import type { Finding } from './finding.ts';

/** What became of the rendering of each HelmRelease. */
export function checkReleases(releases: readonly RenderedRelease[]): readonly Finding[] {
  return releases.flatMap((release): readonly Finding[] => {
    const { namespace, name, parent, status, error, reason, unknownValues, uncheckedSchema } = release;
    const about = { kustomization: parent, release: `${namespace}/${name}` };
    const note = (code: string, message: string, pointer = '/spec/chart'): Finding => {
      return { severity: 'note', code, message, ...about, pointer };
    };
    if (status === 'failed' && error !== undefined) {
      const { code, message, remedy } = error;
      return [{ severity: 'error', code, message, remedy, ...about, pointer: pointerOf(error) }];
    }
    if (status === 'skipped') return [note('test/skipped', `Its objects were not looked at: ${reason ?? ''}.`)];
    return [
      ...(unknownValues.length === 0
        ? []
        : [
            note(
              'test/unknown-values',
              `It was rendered without the values of ${unknownValues.join(', ')}.`,
              '/spec/valuesFrom',
            ),
          ]),
      ...(uncheckedSchema === undefined
        ? []
        : [note('test/unchecked-schema', `Its values were not held against its schema, which is ${uncheckedSchema}.`)]),
    ];
  });
}

/** The field of the HelmRelease that an error is about: the first value that a schema refuses, or a part of the spec. */
function pointerOf({ code, message }: SlipwayError): string {
  if (code === 'render/helm-values-file') return '/spec/chart/spec/valuesFiles';
  if (code === 'render/helm-no-values' || code === 'render/helm-bad-values' || code === 'render/helm-target-path') {
    return '/spec/valuesFrom';
  }
  if (code !== 'render/helm-schema') return '/spec/chart';
  const [, first = ''] = /at '(\/[^']*)'/.exec(message) ?? [];
  return `/spec/values${first}`;
}
