import type { ReceiverSpec } from '../imports/notification.toolkit.fluxcd.io.ts';
import { fluxScope, type FluxScope } from './flux-folder.ts';
import { FluxObject } from './flux-object.ts';
import type { WithReferences } from './references.ts';

export interface ReceiverOptions extends WithReferences<ReceiverSpec> {
  /** Who calls; it decides how a call is proved to be genuine. */
  readonly type: ReceiverSpec['type'];
  /** The headers' event types that count, as the caller names them (`push`, `ping`). Default: all. */
  readonly events?: readonly string[];
  /**
   * What a call reconciles at once: sources above all. Many as Flux names them: `{ kind: 'GitRepository', name: '*' }`,
   * in the Receiver's own namespace unless `namespace` is given, and with `matchLabels` those that bear the labels.
   */
  readonly resources: WithReferences<ReceiverSpec>['resources'];
  /**
   * Key `token`: the shared secret. The path of the webhook, `/hook/<sha256 of token, name and namespace>`, is in the
   * object's status. Only `generic-oidc` goes without it.
   */
  readonly secretRef?: WithReferences<ReceiverSpec>['secretRef'];
  /** CEL over `req` and `res`: which of the resources a call concerns. */
  readonly resourceFilter?: string;
}

/**
 * A webhook by which others say that there is something new, so that Flux need not ask: served at `/hook/…` of the
 * Service `webhook-receiver`. Declared on the Cluster, it lies in `flux/notifications/`.
 */
export class Receiver extends FluxObject<WithReferences<ReceiverSpec>> {
  constructor(scope: FluxScope, name: string, options: ReceiverOptions) {
    super(fluxScope(scope, 'notifications'), {
      apiVersion: 'notification.toolkit.fluxcd.io/v1',
      kind: 'Receiver',
      metadata: { name },
      spec: () => options,
    });
  }
}
