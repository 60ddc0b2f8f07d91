import { identityOf, isBuiltInClusterScoped, isObject, type JsonObject } from '../../src/manifest/index.ts';
import { error, type Finding, type Rule } from './rule.ts';

/** An object in a namespace that nobody makes. */
export const namespaces: Rule = (object, { namespaces: made }) => {
  const metadata = isObject(object.metadata) ? object.metadata : {};
  const spec = isObject(object.spec) ? object.spec : {};
  const findings: Finding[] = [];
  if (typeof metadata.namespace === 'string' && !made.has(metadata.namespace) && !isClusterScoped(object)) {
    findings.push(missing(metadata.namespace, 'It is in'));
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

function isClusterScoped(object: JsonObject): boolean {
  const { group, kind } = identityOf(object);
  return isBuiltInClusterScoped(group, kind);
}

function missing(name: string, subject: string): Finding {
  return error(
    'synth/namespace',
    `${subject} the namespace ${name}, which nobody makes.`,
    `Declare it: new Namespace(cluster, '${name}').`,
  );
}
