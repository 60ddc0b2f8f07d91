import { at } from './pods.ts';
import { error, type Rule } from './rule.ts';

/** A CronJob that the API server refuses (pkg/apis/batch/validation: validateScheduleFormat). */
export const schedule: Rule = (object) => {
  if (object.kind !== 'CronJob' || typeof object.apiVersion !== 'string' || !object.apiVersion.startsWith('batch/'))
    return [];
  const text = at(object, ['spec', 'schedule']);
  const problem = typeof text === 'string' && !text.includes('${') ? scheduleProblem(text) : undefined;
  if (problem === undefined) return [];
  return [
    error(
      'synth/schedule',
      `${JSON.stringify(text)} is no schedule: ${problem}.`,
      'Write minute, hour, day of the month, month and weekday, such as `30 3 * * *`, or a word such as `@daily`.',
      '/spec/schedule',
    ),
  ];
};

const WORDS = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of the month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, names: MONTHS },
  { name: 'weekday', least: 0, most: 6, names: DAYS },
];

/** Why a text is no schedule (robfig/cron v3: ParseStandard), the end of a sentence. */
function scheduleProblem(text: string): string | undefined {
  if (text.includes('TZ=')) return 'the time zone has a field of its own, `timeZone`';
  if (text.startsWith('@')) {
    return WORDS.includes(text) || /^@every (?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)
      ? undefined
      : `it is none of ${WORDS.join(', ')}`;
  }
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `it has ${parts[0] === '' ? 0 : parts.length} fields in place of 5`;
  for (const [index, field] of FIELDS.entries()) {
    for (const range of (parts[index] ?? '').split(',')) {
      const problem = rangeProblem(range, field);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function rangeProblem(range: string, field: Field): string | undefined {
  const { name, least, most } = field;
  const match = /^(?:[*?]|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(range);
  if (match === null) return `${JSON.stringify(range)} is no ${name}`;
  const [, from, to, step] = match;
  if (step !== undefined && Number(step) === 0) return 'a step of 0 leads nowhere';
  const numbers = [from, to].filter((bound) => bound !== undefined).map((bound) => numberOf(bound, field));
  for (const [index, number] of numbers.entries()) {
    if (number === undefined) return `${JSON.stringify([from, to][index])} is no ${name}`;
    if (number < least || number > most) return `the ${name} ${number} is not from ${least} to ${most}`;
  }
  const [first = least, last = most] = numbers;
  return first > last ? `the ${name} ${range} ends before it begins` : undefined;
}

function numberOf(text: string, { names = [], least }: Field): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index === -1 ? undefined : index + least;
}
