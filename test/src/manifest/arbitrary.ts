import fc from 'fast-check';
import type { Json, JsonObject } from '../../../src/manifest/index.ts';

/** Everything that ever made a YAML reader see something else than the text that was meant. */
const NASTY = [
  ...`-?:,[]{}#&*!|>'"%@\`~=<+._/\\ ()^$;`.split(''),
  ...'0123456789abefonxyzOXYZTN'.split(''),
  ...[
    '\n',
    '\n\n',
    '\t',
    '\r',
    '\r\n',
    ' \n',
    '\n ',
    '\n\t',
    ': ',
    ' #',
    '- ',
    '---',
    '...',
    '--- ',
    '\n---\n',
    '\n...\n',
  ],
  ...['yes', 'No', 'ON', 'off', 'true', 'False', 'NULL', 'null', '<<', '.inf', '-.Inf', '.NaN', '0x', '0b', '0o', 'e+'],
  ...['1_0', '12:30:45', '2024-01-01', 'T00:00:00Z', '0755', '1e3', '${V}', '$${V}', '{{ .V }}'],
  ...['é', 'ß', '漢', '😀', '\u00a0', '\u200b', '\u200d', '\u202e', '\ud7ff', '\ue000', '\ufffd', '\u{10ffff}'],
];

/** What YAML may hold only as an escape; the second list kustomize cannot carry in any form. */
const ESCAPES_ONLY = ['\0', '\u0001', '\u0007', '\u001b', '\u001f', '\u2028', '\u2029', '\ufeff'];
const NOT_IN_KUSTOMIZE = ['\u007f', '\u0080', '\u0085', '\u009f', '\ufffe', '\uffff'];

/** Text as a person or a program may put it into a manifest, mostly short and mostly nasty. */
export function nastyText(options: { kustomize?: boolean } = {}): fc.Arbitrary<string> {
  const alphabet = [...NASTY, ...ESCAPES_ONLY, ...(options.kustomize === true ? [] : NOT_IN_KUSTOMIZE)];
  return fc.oneof(
    { weight: 6, arbitrary: fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 8 }) },
    { weight: 2, arbitrary: fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\t', '#', ':'), maxLength: 12 }) },
    {
      weight: 2,
      arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789_+-.:eExbo,TZ'.split('')), maxLength: 8 }),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 10 }) },
  );
}

export function number(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
    fc.constantFrom(1e21, 1e-7, 1.5e300, 5e-324, 0.1, 1e20, -1e21, 2 ** 63, 2 ** 64),
  );
}

/** Any object of JSON, its keys as nasty as its values. */
export function jsonObject(text = nastyText()): fc.Arbitrary<JsonObject> {
  const { object } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: text },
      { weight: 1, arbitrary: number() },
      { weight: 1, arbitrary: fc.constantFrom<Json>(null, true, false) },
      { weight: 2, arbitrary: fc.array(tie('json'), { maxLength: 4 }) },
      { weight: 2, arbitrary: tie('object') },
    ),
    object: fc.dictionary(text, tie('json'), { maxKeys: 5 }),
  }));
  return object;
}
