import { isObject, type JsonObject } from '../../src/manifest/index.ts';
import { seconds } from './duration.ts';
import { error, type Applied, type Finding, type Rule } from './rule.ts';

/** Intervals and timeouts that cannot work together. */
export const timeouts: Rule = (object, { kustomization }) => {
  const spec = isObject(object.spec) ? object.spec : {};
  return [
    ...(object.kind === 'HelmRelease' && kustomization !== undefined ? releaseOutlivesWait(spec, kustomization) : []),
    ...retryAfterInterval(spec),
  ];
};

/** Flux's own (helm-controller: HelmRelease.GetTimeout). */
const RELEASE_TIMEOUT = '5m';

/** The health check of the Kustomization fails while Helm may still be at work. */
function releaseOutlivesWait(spec: JsonObject, { wait, timeout, suspend }: Applied): Finding[] {
  const outer = seconds(timeout);
  if (wait !== true || suspend === true || outer === undefined) return [];
  const common = spec.timeout ?? RELEASE_TIMEOUT;
  const actions = [spec.install, spec.upgrade].map((action) =>
    isObject(action) ? (action.timeout ?? common) : common,
  );
  const longest = actions.reduce((one, other) => ((seconds(other) ?? 0) > (seconds(one) ?? 0) ? other : one), common);
  if ((seconds(longest) ?? 0) <= outer) return [];
  const needed = text(longest);
  return [
    error(
      'synth/timeout',
      `The release may take ${needed}, but its Application gives up waiting for it after ${text(timeout)}.`,
      `Give the Application a \`timeout\` of at least ${needed}.`,
      '/spec/timeout',
    ),
  ];
}

function retryAfterInterval(spec: JsonObject): Finding[] {
  const [interval, retry] = [seconds(spec.interval), seconds(spec.retryInterval)];
  if (interval === undefined || retry === undefined || retry <= interval) return [];
  return [
    error(
      'synth/timeout',
      `A failure would be tried again only after ${text(spec.retryInterval)}, later than the next turn after ${text(spec.interval)}.`,
      'Give a `retryInterval` that is not longer than the `interval`.',
      '/spec/retryInterval',
    ),
  ];
}

function text(duration: unknown): string {
  return typeof duration === 'string' ? duration : '';
}
