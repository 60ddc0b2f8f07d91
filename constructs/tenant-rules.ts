import type { Declared } from './declared.ts';
import type { Report } from './lower-dependencies.ts';
import { namespaceOf } from './references.ts';
import type { Tenant } from './tenant.ts';

/** Reports what lies in a tenant and reaches out of it; references are looked at with all others (rules/tenancy.ts). */
export function checkTenant(tenant: Tenant, { objects, manifests }: Declared, report: Report): void {
  for (const object of objects) {
    if (object === tenant.object || namespaceOf(object) === tenant.namespace) continue;
    const { namespace } = object.metadata;
    report(object, {
      code: 'synth/tenant-object',
      message:
        `${object.kind}/${object.name} is ` +
        `${namespaceOf(object) === undefined ? 'of the whole cluster' : `in namespace ${namespace ?? ''}`}, outside of the tenant ${tenant.namespace}.`,
      remedy: 'Declare it in a Namespace of the cluster’s own.',
    });
  }
  for (const written of manifests) {
    report(written, {
      code: 'synth/tenant-object',
      message: `Nothing is known of what hand-written manifests hold, so the tenant ${tenant.namespace} cannot have them.`,
      remedy: 'Put them into a repository of the tenant, and let an Application take them from there.',
    });
  }
}
