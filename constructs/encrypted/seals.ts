import fs from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../src/manifest/index.ts';
import { SlipwayError, systemCode } from '../../src/errors.ts';
import type { CreationRule, SopsConfig } from '../../src/sops/index.ts';
import type { Folder } from '../folder.ts';
import type { Applied } from '../rules/index.ts';
import { manifestOf } from '../manifest-of.ts';
import type { Report, TreeBuilder } from '../tree-builder.ts';
import { readCreationRules } from './creation-rules-file.ts';
import { DEMO_RECIPIENT } from './demo-recipient.ts';
import { EncryptedObject } from './encrypted-object.ts';
import { loadSops } from './load-sops.ts';
import { EncryptedFile, type SecretGenerator } from './secret-generator.ts';
import { sealedFile } from './sealed-file.ts';

/** Lays what is encrypted into the tree, each file checked as far as that goes without a key. */
export class Seals {
  readonly builder: TreeBuilder;
  /** The text of `.sops.yaml`; `undefined` where the cluster names no recipients. */
  readonly creationRules: string | undefined;
  readonly #allowMissing: boolean;
  /** The creation rules that hold; made when the first file is checked. */
  #config: SopsConfig | 'none' | undefined;

  constructor(builder: TreeBuilder, allowMissing: boolean) {
    const { cluster } = builder;
    this.builder = builder;
    this.#allowMissing = allowMissing;
    this.creationRules = cluster.creationRules();
  }

  /** @returns whether the folder has a file of it */
  lay(object: EncryptedObject, folder: string, kustomization: Applied | undefined): boolean {
    const { builder } = this;
    if (!this.#isThere(object)) return false;
    builder.attempt(object, () => {
      const plain = object.encryptedPaths.length > 0 ? undefined : manifestOf(object);
      const bytes = this.#check(object, plain);
      const file = `${folder}/${object.fileInTree}`;
      // Of a whole manifest only its file knows what it holds.
      if (object.encryptedPaths.length > 0)
        builder.manifests(file, { source: object.source, content: bytes }, object, kustomization);
      else builder.sealed(file, object, bytes, kustomization);
    });
    return true;
  }

  /** @returns whether the folder has all files of it */
  layFiles({ files }: SecretGenerator, folder: string): boolean {
    const { builder } = this;
    const there = files.filter((file) => this.#isThere(file));
    for (const file of there) {
      builder.attempt(file, () => {
        const origins = [builder.origin(file, file.fileInTree)];
        builder.add({ path: `${folder}/${file.fileInTree}`, content: this.#check(file, undefined), origins }, file);
      });
    }
    return there.length === files.length;
  }

  /** What is encrypted to a key that everybody has is not secret. */
  warnOfDemoRecipient(): void {
    const { cluster } = this.builder;
    if (!cluster.ageRecipients.includes(DEMO_RECIPIENT)) return;
    this.builder.warn(cluster, {
      code: 'synth/demo-recipient',
      message:
        'Secrets are encrypted to the demo recipient, whose key everybody has: they are open to all who read them.',
      remedy:
        'Outside of a sandbox put a recipient of your own into `ageRecipients` (`slipway secrets keygen`), then `slipway secrets updatekeys` and set real values.',
      object: cluster.name,
    });
  }

  /** Whether there is a file to be checked; whatever else is wrong is reported. */
  #isThere(declared: FromSops): boolean {
    const { builder } = this;
    for (const problem of declared.problems()) builder.report(declared, problem);
    const problem = whyNotReadable(declared, builder.cluster.project);
    if (problem === 'missing') this.#reportMissing(declared);
    else if (problem !== undefined) builder.report(declared, problem);
    return problem === undefined;
  }

  /** The bytes that go into the tree; what is wrong with them is reported. */
  #check(declared: FromSops, plain: JsonObject | undefined): Uint8Array {
    const { builder } = this;
    const { project, ageRecipients } = builder.cluster;
    const sops = loadSops();
    const { bytes: content } = sops.readFileWhole(path.join(project, declared.source));
    const policy = { rule: this.#ruleFor(declared), ageRecipients };
    const { bytes, errors, warnings } = sealedFile(sops, declared, plain, content, policy);
    for (const error of errors) builder.report(declared, reportOf(error));
    for (const warning of warnings) builder.warn(declared, reportOf(warning));
    return bytes;
  }

  #ruleFor({ source }: FromSops): CreationRule | undefined {
    const sops = loadSops();
    const { project } = this.builder.cluster;
    const place = path.join(project, sops.CONFIG_NAME);
    if (this.#config === undefined) {
      const onDisk = readCreationRules(project);
      const text = onDisk?.origin === 'hand-written' ? onDisk.text : this.creationRules;
      this.#config = text === undefined ? 'none' : sops.parseConfig(text, place);
    }
    return this.#config === 'none' ? undefined : sops.ruleFor(this.#config, path.join(project, source));
  }

  #reportMissing(object: FromSops): void {
    const { builder } = this;
    const make =
      object.shapes.size === 0
        ? `Write that file in plain text, then: slipway secrets encrypt -i ${object.source}`
        : `slipway secrets add ${object.source}`;
    const needsRecipients =
      this.creationRules === undefined && readCreationRules(builder.cluster.project) === undefined;
    const problem = {
      code: 'synth/secret-missing',
      message: `Its SOPS file ${object.source} does not exist.`,
      remedy: needsRecipients
        ? `Name a recipient in the \`ageRecipients\` of the Cluster (\`slipway secrets keygen\` makes a key and prints its recipient), then: ${make}`
        : make,
    };
    if (this.#allowMissing) {
      const message = `${problem.message.slice(0, -1)}, so it is left out of the tree.`;
      builder.warnings.push(new SlipwayError({ ...problem, message, place: builder.placeOf(object) }));
    } else builder.report(object, problem);
  }
}

function reportOf({ code, message, remedy = '', place }: SlipwayError): Report {
  return { code, message, remedy, place };
}

/** What comes out of one SOPS file. */
export type FromSops = EncryptedObject | EncryptedFile;

/** All that a cluster declares of SOPS files, in the order in which it was declared. */
export function encryptedOf(cluster: { readonly node: Folder['node'] }): FromSops[] {
  return cluster.node
    .findAll()
    .flatMap((one) => (one instanceof EncryptedObject || one instanceof EncryptedFile ? [one] : []));
}

type Problem = ReturnType<EncryptedObject['problems']>[number];

/** Symlinks may not lead out of the project: what they lead to would be committed. */
function whyNotReadable({ source }: FromSops, project: string): Problem | 'missing' | undefined {
  const outside = {
    code: 'synth/secret-source',
    message: `The SOPS file ${source} lies outside of the project.`,
    remedy: 'Give the path of a file of the project, relative to it.',
  };
  const full = path.resolve(project, source);
  if (!isInside(full, project)) return outside;
  try {
    return isInside(fs.realpathSync(full), fs.realpathSync(project)) ? undefined : outside;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return 'missing';
    const message = `The SOPS file ${source} cannot be read (${systemCode(error) ?? 'unknown'}).`;
    return { code: 'synth/secret-source', message, remedy: 'It must be a file that you may read.' };
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
}
