import { ApiObject, Cron, JsonPatch } from 'cdk8s';
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
    const job = new kplus.CronJob(this, 'CronJob', {
      metadata: { name, labels },
      podMetadata: { labels },
      schedule: Cron.daily(),
      concurrencyPolicy: kplus.ConcurrencyPolicy.FORBID,
      successfulJobsRetained: 1,
      failedJobsRetained: 3,
      restartPolicy: kplus.RestartPolicy.NEVER,
      securityContext: podSecurity(options),
      select: false,
      containers: [{ ...containerProps({ scope: this, name, labels }, options), name }],
    });
    // As it is written, so that synth can say what is wrong with it.
    ApiObject.of(job).addJsonPatch(JsonPatch.replace('/spec/schedule', options.schedule));
    tidy(job);
  }
}
