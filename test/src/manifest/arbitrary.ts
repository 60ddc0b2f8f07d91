import fc from 'fast-check';
import { isList, isObject, type Json, type JsonObject } from '../../../src/manifest/index.ts';

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

/** What YAML may hold only as an escape; the second list kustomize refuses or loses in any form. */
const ESCAPES_ONLY = ['\0', '\u0001', '\u0007', '\u001b', '\u001f', '\ufeff'];
const NOT_IN_KUSTOMIZE = ['\u007f', '\u0080', '\u0085', '\u009f', '\u2028', '\u2029', '\ufffe', '\uffff'];

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
  const large = fc.constantFrom(1e21, 1e-7, 1.5e300, 5e-324, 0.1, 1e20, -1e21, 2 ** 53, 2 ** 63, 2 ** 64);
  return fc.oneof(fc.integer(), fc.maxSafeInteger(), finiteDouble(), large);
}

/** Without whole numbers that JavaScript does not count with: to Go most of them are integers. */
export function exactNumber(): fc.Arbitrary<number> {
  const isExact = (value: number): boolean =>
    !Number.isInteger(value) || Number.isSafeInteger(value) || Math.abs(value) >= 1e21;
  return number().filter(isExact);
}

function finiteDouble(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
}

/** Any object of JSON, its keys as nasty as its values. */
export function jsonObject(text = nastyText(), numbers = number()): fc.Arbitrary<JsonObject> {
  const { object } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 5, arbitrary: text },
      { weight: 1, arbitrary: numbers },
      { weight: 1, arbitrary: fc.constantFrom<Json>(null, true, false) },
      { weight: 2, arbitrary: fc.array(tie('json'), { maxLength: 4 }) },
      { weight: 2, arbitrary: tie('object') },
    ),
    // The emitter refuses a key named <<.
    object: fc.dictionary(
      text.filter((key) => key !== '<<'),
      tie('json'),
      { maxKeys: 5 },
    ),
  }));
  return object;
}

/** The same data with each map as a list of maps of one key, for programs that sort keys in no stable order. */
export function oneKeyMaps(value: Json): Json {
  if (isList(value)) return value.map(oneKeyMaps);
  if (!isObject(value)) return value;
  return Object.entries(value).map(([key, member]) => ({ [key]: oneKeyMaps(member ?? null) }));
}
