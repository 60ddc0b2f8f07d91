import fs from 'node:fs';
import path from 'node:path';
import type { Cluster } from '../cluster.ts';
import { SlipwayError, systemCode } from '../../src/errors.ts';
import { originOf } from './creation-rules.ts';

const NAME = '.sops.yaml';

export type CreationRulesChange = 'created' | 'changed' | 'unchanged';

/** The project's `.sops.yaml`, where it is there, and whose it is. */
export interface CreationRulesFile {
  readonly text: string;
  readonly origin: ReturnType<typeof originOf>;
}

export function readCreationRules(project: string): CreationRulesFile | undefined {
  try {
    const text = fs.readFileSync(path.join(project, NAME), 'utf8');
    return { text, origin: originOf(text) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unreadable(error);
  }
}

/**
 * One project has one `.sops.yaml`, so its clusters must agree on it, unless a person wrote it.
 *
 * @throws SlipwayError `synth/creation-rules-differ`
 */
export function refuseDifferentRules(clusters: readonly Cluster[]): void {
  for (const project of new Set(clusters.map((cluster) => cluster.project))) {
    const own = clusters.filter((cluster) => cluster.project === project);
    const texts = new Set(own.flatMap((cluster) => cluster.creationRules() ?? []));
    if (texts.size < 2 || readCreationRules(project)?.origin === 'hand-written') continue;
    throw new SlipwayError({
      code: 'synth/creation-rules-differ',
      message: `The clusters ${own.map(({ name }) => name).join(' and ')} want different creation rules in one file.`,
      remedy: 'Give them the same `ageRecipients`, or write the file by hand: synth then holds each cluster to it.',
      place: { file: NAME },
      exitStatus: 2,
    });
  }
}

/**
 * What writing would do. A file that a person wrote is left alone: it holds, and synth checks the secrets against it.
 *
 * @throws SlipwayError `synth/creation-rules-edited` where one that synth made was edited since
 */
export function checkCreationRules(wanted: string | undefined, project: string): CreationRulesChange {
  if (wanted === undefined) return 'unchanged';
  const file = readCreationRules(project);
  if (file === undefined) return 'created';
  if (file.text === wanted || file.origin === 'hand-written') return 'unchanged';
  if (file.origin === 'generated') return 'changed';
  throw new SlipwayError({
    code: 'synth/creation-rules-edited',
    message: 'The file was made by synth and edited by hand since.',
    remedy:
      'Take the edit into the `ageRecipients` of the Cluster, delete the file and synthesize again; or take out its first two lines, and it is yours.',
    place: { file: NAME },
  });
}

/** Brings the file up to date, in one step. @throws SlipwayError as {@link checkCreationRules} */
export function writeCreationRules(wanted: string | undefined, project: string): CreationRulesChange {
  const change = checkCreationRules(wanted, project);
  if (change === 'unchanged' || wanted === undefined) return change;
  const target = path.join(project, NAME);
  const next = `${target}.${process.pid}`;
  try {
    fs.writeFileSync(next, wanted, { flag: 'wx' });
    fs.renameSync(next, target);
  } catch (cause) {
    fs.rmSync(next, { force: true });
    throw new SlipwayError({
      code: 'synth/creation-rules',
      message: `The file cannot be written (${systemCode(cause) ?? 'unknown'}).`,
      remedy: 'Make the folder of the project writable, then synthesize again.',
      place: { file: NAME },
      exitStatus: 3,
      cause,
    });
  }
  return change;
}

function unreadable(cause: unknown): SlipwayError {
  return new SlipwayError({
    code: 'synth/creation-rules',
    message: `The file cannot be read (${systemCode(cause) ?? 'unknown'}).`,
    remedy: 'It must be a file that you may read.',
    place: { file: NAME },
    exitStatus: 3,
    cause,
  });
}
