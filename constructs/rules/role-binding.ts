import { isObject, type Json } from '../../src/manifest/index.ts';
import { itemsOf } from './pods.ts';
import { error, type Finding, type Rule } from './rule.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** A binding that the API server refuses (pkg/apis/rbac/validation: ValidateRoleBinding, ValidateRoleBindingSubject). */
export const roleBinding: Rule = (object) => {
  const { apiVersion, kind } = object;
  if (apiVersion !== `${GROUP}/v1` || (kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding')) return [];
  const roles = kind === 'RoleBinding' ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  return [
    ...(isObject(object.roleRef) ? among(object.roleRef.kind, roles, ['roleRef', 'kind']) : []),
    ...itemsOf({ value: object, pointer: '' }, 'subjects').flatMap(({ value, pointer }, index) => {
      const { kind: subject, namespace } = value;
      const isHomeless = subject === 'ServiceAccount' && (namespace === undefined || namespace === '');
      return [
        ...among(subject, ['ServiceAccount', 'User', 'Group'], ['subjects', String(index), 'kind']),
        ...(isHomeless ? [homeless(`${pointer}/namespace`)] : []),
      ];
    }),
  ];
};

function among(kind: Json | undefined, allowed: readonly string[], path: readonly string[]): Finding[] {
  if (typeof kind !== 'string' || kind.includes('${') || allowed.includes(kind)) return [];
  const kinds = allowed.join(' or ');
  const message = `${path.join('.')} must be ${kinds}, and is ${JSON.stringify(kind)}.`;
  return [error('synth/role-binding', message, `Write kind: ${kinds}.`, `/${path.join('/')}`)];
}

function homeless(pointer: string): Finding {
  return error(
    'synth/role-binding',
    'A ServiceAccount that it binds has no namespace.',
    'Give its `namespace`.',
    pointer,
  );
}
