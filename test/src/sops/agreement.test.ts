/** Slipway and the real sops on generated documents, a few each; `npm run campaign:sops` runs a thousand of each format. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FORMATS } from '../../../src/sops/index.ts';
import { RealSops } from '../../support/real-sops.ts';
import { checkOurs, checkTheirs } from '../../support/sops-agreement.ts';
import { DOCUMENTS, yamlDocument } from '../../support/sops-documents.ts';
import { describeWithTool } from '../../support/tools.ts';

describeWithTool('sops', 'agreement with the real sops', (program) => {
  let sops: RealSops;
  beforeAll(async () => {
    sops = await RealSops.start(program);
  });
  afterAll(() => {
    sops.stop();
  });

  test.each(FORMATS)(
    'sops decrypts what Slipway encrypts and edits: %s',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(DOCUMENTS[format], async (document) => {
          expect(await checkOurs(sops, document)).toBeDefined();
        }),
        { numRuns: 5, endOnFailure: true },
      );
    },
    60_000,
  );

  test.each(FORMATS)(
    'Slipway decrypts and edits what sops encrypts: %s',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(DOCUMENTS[format], async (document) => {
          expect(await checkTheirs(sops, document)).toBeDefined();
        }),
        { numRuns: 5, endOnFailure: true },
      );
    },
    60_000,
  );

  test('sops decrypts what Slipway encrypts with comments within lists, which its own files fail on', async () => {
    await fc.assert(
      fc.asyncProperty(yamlDocument({ listComments: true }), async (document) => {
        expect(await checkOurs(sops, document)).toBeDefined();
      }),
      { numRuns: 5, endOnFailure: true },
    );
  }, 60_000);
});
