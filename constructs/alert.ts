import type { AlertSpec } from '../imports/notification.toolkit.fluxcd.io.ts';
import { fluxScope, type FluxScope } from './flux-folder.ts';
import { FluxObject } from './flux-object.ts';
import type { WithReferences } from './references.ts';

export interface AlertOptions extends WithReferences<AlertSpec> {
  /** Who is told; in the same namespace. */
  readonly providerRef: WithReferences<AlertSpec>['providerRef'];
  /**
   * Whose events count: Applications, HelmReleases, sources, image objects, each by its construct. Many at once as Flux
   * names them: `{ kind: 'Kustomization', name: '*' }`, in the Alert's own namespace unless `namespace` is given, and
   * with `matchLabels` only those that bear the labels.
   */
  readonly eventSources: WithReferences<AlertSpec>['eventSources'];
  /** `info`, Flux's default, is everything; `error` is failures alone. */
  readonly eventSeverity?: 'info' | 'error';
  /** Go regular expressions: only messages that match one of them are sent. */
  readonly inclusionList?: readonly string[];
  /** Go regular expressions: messages that match one of them are not sent, even if they are in `inclusionList`. */
  readonly exclusionList?: readonly string[];
  /** Added to the metadata of each event; an event's own metadata comes first. */
  readonly eventMetadata?: Readonly<Record<string, string>>;
  /** @deprecated Flux's own word: give `eventMetadata: { summary: … }`. */
  readonly summary?: string;
}

/**
 * Tells a Provider of events. It has no status: it is read when an event comes. Declared on the Cluster, it lies in
 * `flux/notifications/`.
 */
export class Alert extends FluxObject<WithReferences<AlertSpec>> {
  constructor(scope: FluxScope, name: string, options: AlertOptions) {
    super(fluxScope(scope, 'notifications'), {
      apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
      kind: 'Alert',
      metadata: { name },
      spec: () => options,
    });
  }
}
