import { customKind } from '../../constructs/index.ts';

/** What Longhorn does to volumes by the clock. */
export const RecurringJob = customKind<{
  cron: string;
  task: 'backup' | 'snapshot' | 'filesystem-trim';
  groups: readonly string[];
  retain: number;
  concurrency: number;
}>('longhorn.io/v1beta2', 'RecurringJob');
