/**
 * What can be said of an encrypted file without a key. Each check is a function of a file that was read, and returns
 * what is wrong as errors that nobody has thrown yet; none of them holds a value.
 */
import type { SlipwayError } from '../errors.ts';
import { stanzaTypeOf, stanzaTypes } from './age/stanza.ts';
import { shorten } from './data-key.ts';
import { IV_BYTES, parseEnvelope } from './envelope.ts';
import { failure } from './failure.ts';
import type { SopsFile } from './file.ts';
import { leavesOf, pathOf } from './leaves.ts';
import type { MasterKey } from './metadata.ts';
import { isAge } from './metadata.ts';
import type { SelectionRule } from './selection.ts';
import { isValid } from './selection.ts';
import type { Source } from './tree.ts';
import { findEntry } from './tree.ts';

type Findings = readonly SlipwayError[];

/** Every value that the file's rule wants encrypted is a whole ciphertext. */
export function checkValues(file: SopsFile): Findings {
  return leavesOf(file.documents, file.metadata).flatMap((leaf) => {
    const where = { file: file.file, at: leaf.source };
    if (leaf.state === 'exposed') {
      return [
        failure(
          'plaintext',
          `The value of ${pathOf(leaf)} is plain text where the file's rule says that it is encrypted.`,
          {
            ...where,
            remedy:
              'Take it out and put it in with `slipway secrets set`; if it was ever pushed, replace the secret itself.',
          },
        ),
      ];
    }
    if (leaf.state !== 'broken') return [];
    return [
      failure('bad-ciphertext', `The value of ${pathOf(leaf)} is not a whole SOPS ciphertext.`, {
        ...where,
        remedy: 'Restore the file from git.',
      }),
    ];
  });
}

/** The file is encrypted to these keys, no more, no less, group by group. */
export function checkRecipients(
  file: SopsFile,
  expected: readonly (readonly Pick<MasterKey, 'kind' | 'id'>[])[],
  expectedBy = '.sops.yaml',
): Findings {
  const { groups } = file.metadata;
  const nameOf = ({ kind, id }: Pick<MasterKey, 'kind' | 'id'>) => `${kind} ${id}`;
  const remedy =
    `Bring it in line with a key that opens it: slipway secrets updatekeys ${file.file ?? ''}`.trim() + '.';
  if (groups.length !== expected.length) {
    return [
      failure('recipients', `The file has ${groups.length} key groups where ${expectedBy} wants ${expected.length}.`, {
        file: file.file,
        remedy,
      }),
    ];
  }
  return groups.flatMap((group, index) => {
    const wanted = expected[index] ?? [];
    const missing = wanted.filter((key) => !group.some((other) => nameOf(other) === nameOf(key)));
    const extra = group.filter((key) => !wanted.some((other) => nameOf(other) === nameOf(key)));
    return [
      ...missing.map((key) =>
        failure('recipient-missing', `The file is not encrypted to ${shorten(key.id)}, which ${expectedBy} names.`, {
          file: file.file,
          remedy,
        }),
      ),
      ...extra.map((key) =>
        failure(
          'recipient-undeclared',
          `The file is encrypted to ${shorten(key.id)}, which ${expectedBy} does not name.`,
          {
            file: file.file,
            at: key.tree.source,
            remedy,
          },
        ),
      ),
    ];
  });
}

/** Each recipient has a whole age file, of the kind that it makes. Whether it opens it, only its owner can say. */
export function checkStanzas(file: SopsFile): Findings {
  return file.metadata.groups
    .flat()
    .filter(isAge)
    .flatMap((key) => {
      const where = { file: file.file, at: key.tree.source };
      const types = stanzaTypes(key.enc);
      if (types === undefined) {
        return [
          failure('stanza', `The encrypted data key of ${shorten(key.id)} is cut off or broken.`, {
            ...where,
            remedy: 'Restore the file from git.',
          }),
        ];
      }
      const wanted = stanzaTypeOf(key.id);
      if (wanted === undefined || types.includes(wanted)) return [];
      return [
        failure('stanza', `The encrypted data key of ${shorten(key.id)} is not for a key of that kind.`, {
          ...where,
          remedy: 'Encrypt the data key anew: slipway secrets rotate.',
        }),
      ];
    });
}

/** The file encrypts what the rule wants encrypted: a rule never changes in a file that exists. */
export function checkRule(file: SopsFile, expected: { rule: SelectionRule; macOnlyEncrypted: boolean }): Findings {
  const { rule, macOnlyEncrypted } = file.metadata;
  const line = findEntry(file.metadata.tree, rule.kind)?.source;
  const remedy = 'Decrypt the file and encrypt it anew: slipway secrets decrypt and slipway secrets encrypt.';
  if (!isValid(rule)) {
    return [
      failure('regex', `${rule.kind} of the file is no RE2 expression, so it never matches.`, {
        file: file.file,
        at: line,
        remedy,
      }),
    ];
  }
  // The binary format holds one value, whatever the rule.
  if (file.format === 'binary') return [];
  if (rule.kind !== expected.rule.kind || rule.value !== expected.rule.value) {
    return [
      failure(
        'rule',
        `The file encrypts by ${rule.kind} ${rule.value}, where the creation rule has ${expected.rule.kind} ${expected.rule.value}.`,
        {
          file: file.file,
          at: line,
          remedy,
        },
      ),
    ];
  }
  if (macOnlyEncrypted === expected.macOnlyEncrypted) return [];
  return [
    failure(
      'rule',
      `The file ${macOnlyEncrypted ? 'has' : 'lacks'} mac_only_encrypted, where the creation rule ${macOnlyEncrypted ? 'has it not' : 'has it'}.`,
      {
        file: file.file,
        at: findEntry(file.metadata.tree, 'mac_only_encrypted')?.source,
        remedy,
      },
    ),
  ];
}

/** kustomize-controller's limit for encrypted sources of generators (decryptor.go: maxEncryptedFileSize). */
const FLUX_MAX_BYTES = 5 * 1024 * 1024;

/** What kustomize-controller looks for to see that data is encrypted (decryptor.go: sopsFormatToMarkerBytes). */
const FLUX_MARKERS = {
  yaml: 'mac: ENC[',
  json: '"mac": "ENC[',
  binary: '"mac": "ENC[',
  dotenv: 'sops_mac=ENC[',
  ini: '[sops]',
};

/** Flux will recognise the file and decrypt it. */
export function checkForFlux(file: SopsFile): Findings {
  const findings: SlipwayError[] = [];
  const add = (name: string, message: string, remedy: string, at?: Source) => {
    findings.push(failure(name, message, { file: file.file, at, remedy }));
  };
  const macAt = findEntry(file.metadata.tree, 'mac')?.source;
  if (file.metadata.mac === '') {
    add(
      'mac-missing',
      'The file has no MAC: Flux takes it for one that is not encrypted.',
      'Restore the file from git.',
      macAt,
    );
  } else if (!file.bytes.includes(FLUX_MARKERS[file.format])) {
    const marker = FLUX_MARKERS[file.format];
    add(
      'mac-unseen',
      `The MAC is not written as \`${marker}…\`, so Flux does not see that the file is encrypted.`,
      'Write the line as sops does, without quotes or folding.',
      macAt,
    );
  }
  if (file.bytes.length > FLUX_MAX_BYTES) {
    add('flux-too-large', 'The file is larger than the 5 MiB that Flux decrypts.', 'Split it into several.');
  }
  if (file.documents.length > 1) {
    add(
      'multi-document',
      'The file holds several documents under one MAC: none can be verified or merged alone.',
      'Put each document into a file of its own.',
    );
  }
  return findings;
}

/** What does no harm today. */
export function warningsFor(file: SopsFile): Findings {
  const { metadata } = file;
  const warnings: SlipwayError[] = [];
  const warn = (name: string, message: string, remedy: string, at?: Source) => {
    warnings.push(failure(name, message, { file: file.file, at, remedy }));
  };
  if (metadata.version === '') {
    warn(
      'version',
      'The SOPS metadata lacks a version: the sops program refuses the file, though Flux opens it.',
      'Add `version: 3.13.2` to it.',
    );
  }
  for (const leaf of leavesOf(file.documents, metadata)) {
    if (leaf.state !== 'sealed') continue;
    if (leaf.type === 'comment') {
      warn(
        'list-comment',
        `A comment within the list ${pathOf(leaf)} is encrypted as a list item, which sops 3.13.2 fails to verify.`,
        'Take the comment out with `slipway secrets edit`.',
        leaf.source,
      );
    }
  }
  if (hasShortIv(file)) {
    warn(
      'short-iv',
      'A value was sealed with a nonce of another length than SOPS uses: another program wrote it.',
      'Write it anew: slipway secrets rotate.',
    );
  }
  return warnings;
}

function hasShortIv(file: SopsFile): boolean {
  return [file.metadata.mac].some((mac) => {
    const iv = parseEnvelope(mac)?.iv;
    return iv !== undefined && iv.length !== IV_BYTES;
  });
}

/** All that needs no knowledge of what the file is for. */
export const checkSealed = (file: SopsFile): Findings => [
  ...checkValues(file),
  ...checkStanzas(file),
  ...checkForFlux(file),
];
