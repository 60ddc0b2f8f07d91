import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { emitDocument, readDocuments } from '../../../src/manifest/index.ts';
import { describeWithTool } from '../../support/tools.ts';
import { exactNumber, jsonObject, nastyText, oneKeyMaps } from './arbitrary.ts';
import { kustomizeBuildJson, kustomizeBuildResources, valuesOf } from './kustomize.ts';

describeWithTool('kustomize', 'what is emitted means to kustomize what was meant', (kustomize) => {
  test('whatever its values and keys are', () => {
    fc.assert(
      fc.property(
        fc.array(jsonObject(nastyText({ kustomize: true }), exactNumber()), { minLength: 200, maxLength: 200 }),
        (values) => {
          const objects = values.map((value, index) => ({
            apiVersion: 'example.com/v1',
            kind: 'Thing',
            metadata: { name: `thing-${String(index).padStart(4, '0')}` },
            // go-yaml sorts keys such as 2x, 4Z8 and 27- now in this order and now in that.
            data: oneKeyMaps(value),
          }));
          const emitted = kustomizeBuildResources(
            kustomize,
            objects.map((object) => emitDocument(object)).join('---\n'),
          );
          expect(emitted).toBe(kustomizeBuildJson(kustomize, objects));
          expect(valuesOf(readDocuments(emitted, { dialect: 'sigs' }))).toEqual(objects);
        },
      ),
      { numRuns: 5, endOnFailure: true },
    );
  });
});
