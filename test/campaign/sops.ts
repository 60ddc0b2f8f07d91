/**
 * `npm run campaign:sops [-- --runs N] [--seed S] [--format F]`: Slipway and the real sops on generated documents, a
 * thousand of each format and direction unless told otherwise. Prints what they disagree on, and the seed.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { findBuiltTool } from '../../src/programs.ts';
import { FORMATS } from '../../src/sops/index.ts';
import { RealSops } from '../support/real-sops.ts';
import { checkOurs, checkTheirs } from '../support/sops-agreement.ts';
import type { PlainDocument } from '../support/sops-documents.ts';
import { DOCUMENTS, yamlDocument } from '../support/sops-documents.ts';

const { values } = parseArgs({
  options: { runs: { type: 'string' }, seed: { type: 'string' }, format: { type: 'string' } },
});
const runs = Number(values.runs ?? 1000);
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));

const program = findBuiltTool('sops');
if (program === undefined) {
  console.log('sops is not built: npm run tools sops');
  process.exit(3);
}
const sops = await RealSops.start(program);
const directions = [
  { title: 'Slipway encrypts', check: checkOurs },
  { title: 'sops encrypts', check: checkTheirs },
];
const campaigns = FORMATS.flatMap((format) =>
  directions.map(({ title, check }) => ({ title: `${format}: ${title}`, check, documents: DOCUMENTS[format] })),
);
campaigns.push({
  title: 'yaml with comments within lists: Slipway encrypts',
  check: checkOurs,
  documents: yamlDocument({ listComments: true }),
});

let failures = 0;
for (const { title, check, documents } of campaigns) {
  if (values.format !== undefined && !title.startsWith(`${values.format}:`)) continue;
  const started = Date.now();
  const counts = { agreed: 0, 'both refuse': 0, disagreed: 0 };
  for (const document of fc.sample(documents, { numRuns: runs, seed })) {
    const verdict = await judge(check, document);
    counts[verdict]++;
  }
  failures += counts.disagreed;
  console.log(`${title}: ${JSON.stringify(counts)} in ${Math.round((Date.now() - started) / 1000)} s, seed ${seed}`);
}
sops.stop();
process.exitCode = failures === 0 ? 0 : 1;

async function judge(
  check: (sops: RealSops, document: PlainDocument) => Promise<'agreed' | 'both refuse'>,
  document: PlainDocument,
): Promise<'agreed' | 'both refuse' | 'disagreed'> {
  try {
    return await check(sops, document);
  } catch (error) {
    console.log(`disagreed: ${String(error)}\n${JSON.stringify(document.rule)}\n${document.bytes.toString()}\n--`);
    return 'disagreed';
  }
}
