import type { IConstruct } from 'constructs';
import type { Place } from '../src/errors.ts';
import { metadataProblems, type JsonObject } from '../src/manifest/index.ts';
import type { Cluster } from './cluster.ts';
import type { Definitions } from './definitions.ts';
import { type Judged, judgementOf } from './judged.ts';
import { LimitsPolicy } from './limits-policy.ts';
import type { Origin } from '../src/tree/index.ts';
import { error, RULES, type Applied, type Finding, type RuleContext } from './rules/index.ts';
import { SchemaCheck } from './schema-check.ts';

/** An object as it goes into the tree. */
export interface Checked {
  readonly construct: IConstruct;
  readonly manifest: JsonObject;
  /** As it is written; undefined where an author wrote it by hand. */
  readonly text?: string | undefined;
  readonly origin: Origin;
  /** The Kustomization that applies it, where an Application does. */
  readonly kustomization: Applied | undefined;
  /** Where in a hand-written file a value of it stands, by JSON pointer. */
  readonly locate?: ((pointer: string) => Place) | undefined;
}

export type Find = (object: Checked, finding: Finding) => void;

/** Everything that can be wrong with an object by itself: its metadata, the rules of a cluster, the schema of its kind. */
export class ObjectChecks {
  readonly #context: Omit<RuleContext, 'kustomization'>;
  readonly #find: Find;
  readonly #judged: Judged;
  readonly #schemas: SchemaCheck;
  readonly #limits: LimitsPolicy;

  /** @param cluster what its author says of it */
  constructor(
    context: Omit<RuleContext, 'kustomization'>,
    cluster: Pick<Cluster, 'kubernetesMinor' | 'requiredLimits'>,
    judged: Judged,
    find: Find,
  ) {
    this.#context = context;
    this.#find = find;
    this.#judged = judged;
    this.#schemas = new SchemaCheck(cluster.kubernetesMinor, judged, find);
    this.#limits = new LimitsPolicy(cluster.requiredLimits, find);
  }

  /** What nothing was said of before, in the same circumstances, is not looked at again. */
  check(object: Checked): void {
    this.#schemas.note(object);
    this.#limits.note(object);
    const judgement = judgementOf(object, this.#judged);
    if (judgement !== undefined && this.#judged.fits(judgement)) return;
    const context = { ...this.#context, kustomization: object.kustomization };
    const findings = [...metadataFindings(object.manifest), ...RULES.flatMap((rule) => rule(object.manifest, context))];
    for (const finding of findings) this.#find(object, finding);
    const isFitting = this.#schemas.check(object) && findings.length === 0;
    if (judgement !== undefined && isFitting) this.#judged.add(judgement);
  }

  /**
   * Judges what waited for the rest of the tree.
   *
   * @param definitions of kinds that the tree itself does not define
   */
  finish(definitions: Definitions): void {
    this.#schemas.finish(definitions);
    this.#limits.finish();
  }
}

/** Names, labels and annotations that the API server would refuse. */
function metadataFindings(manifest: JsonObject): Finding[] {
  return metadataProblems(manifest).map(({ pointer, message }) => {
    if (pointer === '/metadata/namespace')
      return error('synth/namespace', message, 'Take `metadata.namespace` out, or mend it.', pointer);
    const code = pointer === '/metadata/name' ? 'synth/name' : 'synth/metadata';
    return error(code, message, 'Give another one: the API server would refuse the object.', pointer);
  });
}
