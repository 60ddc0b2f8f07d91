import { ApiObject, JsonPatch } from 'cdk8s';
import type { IConstruct } from 'constructs';

/** What cdk8s-plus writes though it is the API server's own default, and its label for a selector that we do not use. */
const POD = [
  '/spec/dnsPolicy',
  '/spec/hostNetwork',
  '/spec/setHostnameAsFQDN',
  '/spec/terminationGracePeriodSeconds',
  '/metadata/labels/cdk8s.io~1metadata.addr',
];

/** Leaves out of a Deployment or CronJob of cdk8s-plus what nobody would write by hand. */
export function tidy(workload: IConstruct): void {
  const object = ApiObject.of(workload);
  const template = object.kind === 'CronJob' ? '/spec/jobTemplate/spec/template' : '/spec/template';
  const own =
    object.kind === 'CronJob'
      ? ['/spec/suspend', '/spec/startingDeadlineSeconds']
      : ['/spec/minReadySeconds', '/spec/progressDeadlineSeconds', `${template}/spec/restartPolicy`];
  object.addJsonPatch(...[...own, ...POD.map((path) => template + path)].map((path) => JsonPatch.remove(path)));
}
