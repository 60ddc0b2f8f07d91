import fs from 'node:fs';
import path from 'node:path';
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
