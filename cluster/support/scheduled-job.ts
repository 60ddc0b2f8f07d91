import { Cron } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import type { Application } from '../../constructs/index.ts';
import { containerProps, podSecurity, type ContainerOptions } from './container.ts';
import { tidy } from './tidy.ts';

export interface ScheduledJobOptions extends ContainerOptions {
  /** Five fields: minute, hour, day, month, weekday. */
  readonly schedule: string;
}

/** One container that runs by the clock, never twice at a time. */
export class ScheduledJob extends Construct {
  constructor(application: Application, name: string, options: ScheduledJobOptions) {
    super(application, name);
    const labels = { 'app.kubernetes.io/name': name };
    const [minute, hour, day, month, weekDay] = options.schedule.split(' ');
    const job = new kplus.CronJob(this, 'CronJob', {
      metadata: { name, labels },
      podMetadata: { labels },
      schedule: new Cron({ minute, hour, day, month, weekDay }),
      concurrencyPolicy: kplus.ConcurrencyPolicy.FORBID,
      successfulJobsRetained: 1,
      failedJobsRetained: 3,
      restartPolicy: kplus.RestartPolicy.NEVER,
      securityContext: podSecurity(options),
      select: false,
      containers: [{ ...containerProps({ scope: this, name, labels }, options), name }],
    });
    tidy(job);
  }
}
