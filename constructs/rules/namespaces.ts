import { isBuiltInClusterScoped, isObject, splitApiVersion, type JsonObject } from '../../src/manifest/index.ts';
import { error, type Finding, type Rule } from './rule.ts';

/** An object in a namespace that nobody makes. */
export const namespaces: Rule = (object, { namespaces: made, kustomization }) => {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const spec = isObject(object.spec) ? object.spec : {};
  const findings: Finding[] = [];
  if (typeof metadata.namespace === 'string' && !made.has(metadata.namespace)) {
    findings.push(missing(metadata.namespace, 'It is in'));
  }
  if (metadata.namespace === undefined && needsNamespace(object) && kustomization?.targetNamespace === undefined) {
    findings.push(
      error(
        'synth/namespace',
        'It names no namespace, so Flux would put it into `default`.',
        'Write `metadata.namespace`, or give the Application a `targetNamespace`.',
      ),
    );
  }
  if (object.kind === 'HelmRelease') {
    const install = isObject(spec.install) ? spec.install : {};
    for (const field of ['targetNamespace', 'storageNamespace']) {
      const name = spec[field];
      if (typeof name === 'string' && !made.has(name) && install.createNamespace !== true) {
        findings.push(missing(name, `Its ${field} is`));
      }
    }
  }
  if (object.kind === 'Kustomization' && typeof spec.targetNamespace === 'string' && !made.has(spec.targetNamespace)) {
    findings.push(missing(spec.targetNamespace, 'Its targetNamespace is'));
  }
  return findings;
};

/** Of the groups of Kubernetes itself; whether a custom kind has a namespace is not known here. */
function needsNamespace(object: JsonObject): boolean {
  if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') return false;
  const { group } = splitApiVersion(object.apiVersion);
  return !group.includes('.') && object.kind !== 'List' && !isBuiltInClusterScoped(group, object.kind);
}

function missing(name: string, subject: string): Finding {
  return error(
    'synth/namespace',
    `${subject} the namespace ${name}, which nobody makes.`,
    `Declare it: new Namespace(cluster, '${name}').`,
  );
}
