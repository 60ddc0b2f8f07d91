/**
 * `npm run bench [NAME…]` measures, side by side in one run, what docs/performance.md states, and with `-- --write`
 * replaces the tables there. `-- --count N[,N…]` says how many Kustomizations the bench `reconcile` has.
 */
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchKube } from './kube.ts';
import { machine } from './measure.ts';
import { benchReconcile } from './reconcile/index.ts';
import { benchRender } from './render.ts';
import { benchSops } from './sops.ts';
import { benchSynth } from './synth.ts';
import { benchWatch } from './watch.ts';

type Bench = (log: (line: string) => void, counts?: readonly number[]) => string | Promise<string>;
const BENCHES: Readonly<Record<string, Bench>> = {
  synth: benchSynth,
  sops: benchSops,
  watch: benchWatch,
  kube: benchKube,
  render: benchRender,
  reconcile: benchReconcile,
};
const DOCUMENT = path.resolve(import.meta.dirname, '../docs/performance.md');

const { positionals: wanted, values } = parseArgs({
  allowPositionals: true,
  options: { write: { type: 'boolean' }, count: { type: 'string' } },
});
const counts = values.count?.split(',').map(Number);
const unknown = wanted.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const table = await bench((line) => {
    console.error(`${name}: ${line}`);
  }, counts);
  const command = `npm run bench ${name}${values.count === undefined ? '' : ` -- --count ${values.count}`}`;
  const section = `${machine()}; \`${command}\`.\n\n${table}\n`;
  console.log(section);
  if (values.write === true) replaceSection(name, section);
}

/** A section of the document stands between two comments with its name. */
function replaceSection(name: string, section: string): void {
  const [begin, end] = [`<!-- bench:${name} -->\n`, `<!-- /bench:${name} -->`];
  const text = fs.readFileSync(DOCUMENT, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < 0) throw new Error(`docs/performance.md has no section ${name}`);
  fs.writeFileSync(DOCUMENT, text.slice(0, from + begin.length) + '\n' + section + '\n' + text.slice(to));
}
