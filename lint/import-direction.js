import path from 'node:path';

/**
 * The direction of imports (docs/architecture.md): what each folder, or single file, may import besides itself.
 * What does not stand here (test/, bench/, lint/) may import everything.
 */
const MAY_IMPORT = {
  'src/errors.ts': [],
  'src/cycles.ts': [],
  'src/memory-folder.ts': [],
  'src/programs.ts': ['src/errors.ts'],
  'src/re2.ts': [],
  'src/semver.ts': ['src/errors.ts', 'src/re2.ts'],
  'src/similar.ts': [],
  'src/manifest': [],
  'src/schema': ['src/manifest'],
  'src/tree': ['src/manifest'],
  'src/sops': ['src/manifest'],
  'src/flux': ['src/sops', 'src/tree', 'src/manifest'],
  'src/sources': ['src/flux', 'src/sops', 'src/tree', 'src/manifest'],
  'src/kube': ['src/flux', 'src/sops', 'src/tree', 'src/manifest'],
  'src/sandbox': ['src/kube', 'src/manifest'],
  'src/render': ['src/sources', 'src/kube', 'src/flux', 'src/schema', 'src/sops', 'src/tree', 'src/manifest'],
  'src/reconciler': ['src/render', 'src/sources', 'src/kube', 'src/flux', 'src/sops', 'src/tree', 'src/manifest'],
  'src/dashboard': ['src/reconciler', 'src/render', 'src/sources', 'src/kube', 'src/flux', 'src/tree', 'src/manifest'],
  'src/cli': ['src', 'constructs'],
  constructs: ['imports', 'src/tree', 'src/schema', 'src/sops', 'src/manifest'],
  imports: ['src/manifest'],
  sandbox: ['src'],
  cluster: ['constructs'],
  'main.ts': ['cluster', 'constructs'],
  'docs/examples': ['constructs'],
};
/** What every folder but those of authors may use: they have no folder of their own. */
const FOR_ALL = [
  'src/errors.ts',
  'src/cycles.ts',
  'src/memory-folder.ts',
  'src/programs.ts',
  'src/re2.ts',
  'src/semver.ts',
  'src/similar.ts',
];
/**
 * What of a folder is entered besides its index.ts: a part that a short command needs without the rest, or the rest without
 * it. Loading modules is most of the time of such a command.
 */
const OTHER_ENTRIES = [
  'src/flux/cel/index.ts',
  'src/flux/decrypt/index.ts',
  'src/flux/kustomize/index.ts',
  'src/render/check/index.ts',
  'src/render/origin/index.ts',
  'src/schema/apis.ts',
  'src/sops/mask.ts',
  'src/sources/oci/read-archive.ts',
  'src/tree/is-owned.ts',
];
const AUTHORS = new Set(['main.ts', 'cluster', 'docs/examples', 'src/errors.ts']);

/**
 * Imports point downward only, and enter another folder by its index.ts alone, or what is named above. Holds for static, dynamic and type
 * imports, and for `export … from`.
 */
export const importDirection = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      direction: '{{from}} may not import {{to}}: imports point downward only (docs/architecture.md).',
      entry: '{{to}} is entered by its index.ts alone.',
    },
  },
  create(context) {
    const root = context.cwd;
    const file = path.relative(root, context.filename);
    const from = Object.keys(MAY_IMPORT).find((place) => isWithin(file, place));
    if (from === undefined) return {};
    const allowed = [from, ...MAY_IMPORT[from], ...(AUTHORS.has(from) ? [] : FOR_ALL)];

    const check = (source) => {
      if (typeof source?.value !== 'string' || !source.value.startsWith('.')) return;
      const target = path.relative(root, path.resolve(path.dirname(context.filename), source.value));
      if (!allowed.some((place) => isWithin(target, place))) {
        context.report({ node: source, messageId: 'direction', data: { from, to: target } });
        return;
      }
      const to = Object.keys(MAY_IMPORT).find((place) => isWithin(target, place)) ?? from;
      if (to === from || !hasIndex(to) || target === `${to}/index.ts` || OTHER_ENTRIES.includes(target)) return;
      context.report({ node: source, messageId: 'entry', data: { to: `${to}/` } });
    };
    return {
      ImportDeclaration: ({ source }) => check(source),
      ExportNamedDeclaration: ({ source }) => check(source),
      ExportAllDeclaration: ({ source }) => check(source),
      ImportExpression: ({ source }) => check(source),
      TSImportType: ({ source }) => check(source),
    };
  },
};

function isWithin(file, place) {
  return file === place || file.startsWith(`${place}/`);
}

function hasIndex(place) {
  return place === 'constructs' || /^src\/[a-z]+$/.test(place);
}
