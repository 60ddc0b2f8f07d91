import { type Chart, nestedCharts } from './chart.ts';

const REFERENCES = new Set(['$ref', '$dynamicRef', '$recursiveRef', '$schema']);
/** Within the schema, what helm never loads, and the drafts that its validator has (santhosh-tekuri/jsonschema). */
const WITHIN = /^(?:#|urn:|https?:\/\/json-schema\.org\/(?:draft-0[467]|draft\/20(?:19-09|20-12))\/schema#?$)/;
/**
 * A document outside of the chart that a values.schema.json of it refers to: helm would read that file, or fetch it.
 * Undefined where none does.
 *
 * @throws SlipwayError `render/helm-bad-chart`
 */
export function outsideReference(chart: Chart): string | undefined {
  for (const [, files] of nestedCharts(chart)) {
    for (const [file, content] of files) {
      const found = /(?:^|\/)values\.schema\.json$/.test(file) ? inSchema(content) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Whatever an `$id` says: what it names may not be what it seems to be. */
function inSchema(content: Buffer): string | undefined {
  const pending: unknown[] = [parse(content)];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
      if (typeof inner === 'string' && REFERENCES.has(key) && !WITHIN.test(inner)) return inner;
      pending.push(inner);
    }
  }
  return undefined;
}

/** helm itself says what is wrong with one that is no JSON. */
function parse(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}
