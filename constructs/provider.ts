import type { ProviderSpec } from '../imports/notification.toolkit.fluxcd.io.ts';
import { fluxScope, type FluxScope } from './flux-folder.ts';
import { FluxObject } from './flux-object.ts';
import type { WithReferences } from './references.ts';

export interface ProviderOptions extends WithReferences<ProviderSpec> {
  /**
   * What is spoken to. `generic` posts Flux's own JSON; the kinds of git hosts (`github`, `gitlab`, `gitea`, …) set the
   * status of the commit, and then an Alert may only name Kustomizations.
   */
  readonly type: ProviderSpec['type'];
  /** Where to. An `address` in the secret comes first, so that a webhook's URL, often a secret itself, can stay in it. */
  readonly address?: string;
  /** Channel, topic or the like; what it means depends on `type`. */
  readonly channel?: string;
  /** Keys `address`, `token`, `username`, `password`, `headers` (YAML) and `proxy`, as `type` needs them. */
  readonly secretRef?: WithReferences<ProviderSpec>['secretRef'];
  /** Keys `ca.crt`, and `tls.crt` with `tls.key` for mutual TLS. */
  readonly certSecretRef?: WithReferences<ProviderSpec>['certSecretRef'];
  /** @deprecated Flux's own word: give `proxySecretRef`, which can hold credentials. */
  readonly proxy?: string;
  /** @deprecated Flux ignores it: a Provider is not reconciled, it is read when an event comes. */
  readonly interval?: string;
  /** CEL over `event`, `alert` and `provider`: the id of a commit status. */
  readonly commitStatusExpr?: string;
}

/**
 * Somebody to tell: a chat, a git host, a monitoring system. Alerts say of what. Declared on the Cluster, it lies in
 * `flux/notifications/`.
 */
export class Provider extends FluxObject<WithReferences<ProviderSpec>> {
  constructor(scope: FluxScope, name: string, options: ProviderOptions) {
    super(fluxScope(scope, 'notifications'), {
      apiVersion: 'notification.toolkit.fluxcd.io/v1beta3',
      kind: 'Provider',
      metadata: { name },
      spec: () => options,
    });
  }
}
