import { Application } from './application.ts';
import { cyclesFrom } from '../src/cycles.ts';
import { HelmRelease } from './helm-release.ts';
import type { Report } from './lower-dependencies.ts';

/**
 * A moment that others wait for: an Application or a HelmRelease is ready; or, for the Kustomization object of an
 * Application, Flux begins to apply it.
 */
type Moment = Application | HelmRelease | Application['kustomization'];

/** @returns whether there are any */
export function reportDependencyCycles(applications: readonly Application[], report: Report): boolean {
  const owners = new Map<Moment, Application>(applications.map((one) => [one.kustomization, one]));
  const cycles = cyclesFrom<Moment>(applications, (moment) => earlierThan(moment, owners));
  for (const cycle of cycles) reportCycle(cycle, owners, report);
  return cycles.length > 0;
}

/** What must have come before: an order that dependencies, health checks and being applied by an Application make. */
function earlierThan(moment: Moment, owners: ReadonlyMap<Moment, Application>): readonly Moment[] {
  if (moment instanceof Application) {
    return [
      moment.kustomization,
      ...moment.waitingReleases.filter((release) => moment.checks(release)),
      ...checkedElsewhere(moment),
    ];
  }
  if (moment instanceof HelmRelease) {
    const { application, releases } = moment;
    return application === undefined ? releases : [...releases, application.kustomization];
  }
  return owners.get(moment)?.lowered.applications ?? [];
}

/** The Applications in which the objects are that one has checked without being theirs. */
function checkedElsewhere(application: Application): Moment[] {
  return application.checkedObjects.flatMap((object): Moment[] => {
    if (object instanceof Application) return object === application ? [] : [object];
    const holder = object.node.scopes.findLast((scope) => scope instanceof Application);
    return holder === undefined || holder === application ? [] : [holder.kustomization];
  });
}

function reportCycle(cycle: readonly Moment[], owners: ReadonlyMap<Moment, Application>, report: Report): void {
  const first = cycle.find((moment) => moment instanceof Application || moment instanceof HelmRelease) ?? cycle[0];
  if (first === undefined) return;
  const labels = cycle.map((moment) => labelOf(moment, owners)).filter((label, index, all) => label !== all[index - 1]);
  const around = labels[0] === labels.at(-1) && labels.length > 1 ? labels : [...labels, labels[0]];
  const who = cycle.some((moment) => moment instanceof HelmRelease) ? 'Applications and releases' : 'Applications';
  // `dependsOn` reads from the one that waits to the one that it waits for; a person follows it the other way.
  report(first, {
    code: 'synth/dependency-cycle',
    message: `${who} wait for each other: ${around.join(' → ')}.`,
    remedy: 'Take one of these out of the `dependsOn` of the other.',
  });
}

function labelOf(moment: Moment, owners: ReadonlyMap<Moment, Application>): string {
  if (moment instanceof HelmRelease) return `HelmRelease ${moment.metadata.namespace ?? ''}/${moment.name}`;
  const application = moment instanceof Application ? moment : owners.get(moment);
  return application?.kustomization.name ?? moment.node.path;
}
