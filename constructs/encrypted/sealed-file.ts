import { isObject, type Json, type JsonObject } from '../../src/manifest/index.ts';
import { SlipwayError } from '../../src/errors.ts';
import type * as Sops from '../../src/sops/index.ts';
import { EncryptedObject } from './encrypted-object.ts';
import type { EncryptedFile } from './secret-generator.ts';

/** What holds for a SOPS file besides what it says itself. */
export interface Policy {
  /** The creation rule for its path; `undefined` where there are none. */
  readonly rule: Sops.CreationRule | undefined;
  /** Recipients who must be able to open it. */
  readonly ageRecipients: readonly string[];
}

export interface SealedFile {
  /** As it goes into the tree; of no use where there are errors. */
  readonly bytes: Uint8Array;
  readonly errors: readonly SlipwayError[];
  readonly warnings: readonly SlipwayError[];
}

/**
 * The bytes that ship an object: its SOPS file, the plain part as declared. Where that is so already the file is taken
 * as it is; else its ciphertexts and its sops block are, which its MAC has to allow.
 *
 * @param plain the object without its values; `undefined` where the file is taken as it is
 * @throws SlipwayError `sops/…` where the file cannot be read
 */
export function sealedFile(
  sops: typeof Sops,
  declared: EncryptedObject | EncryptedFile,
  plain: JsonObject | undefined,
  content: Buffer,
  policy: Policy,
): SealedFile {
  const isManifest = declared instanceof EncryptedObject;
  const file = sops.readSopsFile(content, isManifest ? 'yaml' : sops.formatOf(declared.source), declared.source);
  const errors = [
    ...sops.checkSealed(file),
    ...(declared.shapes.size > 0 ? checkKeys(sops, declared, file) : []),
    ...(isManifest && declared.encryptedPaths.length > 0 ? checkPaths(sops, declared, file) : []),
    ...checkPolicy(sops, file, policy),
  ];
  const warnings = sops.warningsFor(file);
  if (errors.length > 0 || plain === undefined) return { bytes: content, errors, warnings };
  return { bytes: sops.replacePlain(file, toBranch(sops, plain)), errors, warnings };
}

function checkKeys(
  sops: typeof Sops,
  { shapes, valueFields, source }: EncryptedObject | EncryptedFile,
  file: Sops.SopsFile,
): readonly SlipwayError[] {
  const mayBeEmpty = [...shapes].flatMap(([key, shape]) => (shape.mayBeEmpty === true ? [key] : []));
  const under = valueFields.length === 0 ? [[]] : valueFields.map((field) => [field]);
  const tooLongOrShort = sops.leavesOf(file.documents, file.metadata).flatMap(({ path, size, source: at }) => {
    const { minLength = 0, maxLength = Infinity } = shapes.get(path.at(-1) ?? '') ?? {};
    const isKey = valueFields.length === 0 || valueFields.includes(path[0] ?? '');
    if (!isKey || size === undefined || (size >= minLength && size <= maxLength)) return [];
    const wanted = size < minLength ? `at least ${minLength}` : `at most ${maxLength}`;
    return [
      sops.failure(
        'length',
        `The value of ${sops.formatPath(path)} has ${size} bytes, and is declared with ${wanted}.`,
        {
          file: source,
          at,
          remedy: `Set another one: slipway secrets set ${source} ${sops.formatPath(path)}.`,
        },
      ),
    ];
  });
  return [...sops.checkShape(file, { under, keys: [...shapes.keys()], mayBeEmpty, name: source }), ...tooLongOrShort];
}

/** Of a whole manifest: it is the one that was declared, and what was declared as encrypted is, and nothing else. */
function checkPaths(sops: typeof Sops, object: EncryptedObject, file: Sops.SopsFile): readonly SlipwayError[] {
  const { apiVersion, kind, name, encryptedPaths, source } = object;
  const [document = sops.branch([])] = file.documents;
  const metadata = sops.get(document, 'metadata');
  const own = metadata?.kind === 'map' ? metadata : sops.branch([]);
  const wanted = { apiVersion, kind, name, namespace: object.metadata.namespace };
  const found = {
    apiVersion: sops.stringOf(sops.get(document, 'apiVersion')),
    kind: sops.stringOf(sops.get(document, 'kind')),
    name: sops.stringOf(sops.get(own, 'name')),
    namespace: sops.stringOf(sops.get(own, 'namespace')),
  };
  const other = (['apiVersion', 'kind', 'name', 'namespace'] as const).filter(
    (field) => found[field] !== wanted[field],
  );
  const sealed = new Set(
    sops
      .leavesOf(file.documents, file.metadata)
      .flatMap((leaf) => (leaf.state === 'plain' ? [] : [leaf.path.join('.')])),
  );
  const missing = encryptedPaths.filter(
    (path) => ![...sealed].some((one) => one === path || one.startsWith(`${path}.`)),
  );
  const extra = [...sealed].filter((one) => !encryptedPaths.some((path) => one === path || one.startsWith(`${path}.`)));
  const mend = `slipway secrets edit ${source}`;
  return [
    ...other.map((field) =>
      sops.failure(
        'other-object',
        `Its ${field} is ${found[field] ?? 'missing'}, and ${wanted[field] ?? 'none'} is declared.`,
        {
          file: source,
          remedy: `Declare what the file holds, or mend the file: ${mend}.`,
        },
      ),
    ),
    ...missing.map((path) =>
      sops.failure('key-missing', `Nothing is encrypted at ${path}, which is declared.`, {
        file: source,
        remedy: `Put it in: ${mend}.`,
      }),
    ),
    ...extra.map((path) =>
      sops.failure('key-undeclared', `${path} is encrypted, which is not declared.`, {
        file: source,
        remedy: `Declare it in \`encrypted\`, or take it out: ${mend}.`,
      }),
    ),
  ];
}

function checkPolicy(sops: typeof Sops, file: Sops.SopsFile, { rule, ageRecipients }: Policy): readonly SlipwayError[] {
  if (rule === undefined) return [];
  const named = new Set(rule.groups.flat().map(({ id }) => id));
  const unnamed = ageRecipients.filter((recipient) => !named.has(recipient));
  return [
    ...sops.checkRecipients(file, rule.groups),
    ...sops.checkRule(file, rule),
    ...unnamed.map((recipient) =>
      sops.failure(
        'recipient-missing',
        `.sops.yaml does not name ${sops.shorten(recipient)}, a recipient of the cluster, for this file.`,
        {
          file: '.sops.yaml',
          at: { line: rule.line, column: 1 },
          remedy: 'Put it in and run `slipway secrets updatekeys`; or delete .sops.yaml, and synth makes it.',
        },
      ),
    ),
  ];
}

/** Plain data as a SOPS file holds it. */
function toBranch(sops: typeof Sops, object: JsonObject): Sops.Branch {
  return sops.branch(
    Object.entries(object).flatMap(([key, value]) =>
      value === undefined ? [] : [sops.entry(key, toValue(sops, value))],
    ),
  );
}

function toValue(sops: typeof Sops, value: Json): Sops.Value {
  if (isObject(value)) return toBranch(sops, value);
  if (typeof value === 'boolean') return { kind: 'scalar', type: 'bool', bytes: Buffer.from(value ? 'True' : 'False') };
  if (typeof value === 'string') return sops.text(value);
  throw new SlipwayError({
    code: 'synth/not-data',
    message: 'The plain part of a Secret holds texts and booleans alone.',
  });
}
