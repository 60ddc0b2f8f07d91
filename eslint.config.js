import tseslint from 'typescript-eslint';

/**
 * The direction of imports (docs/architecture.md): each folder may import itself and what stands in its list.
 * A folder that is not named in a list of another is closed to it.
 */
const MAY_IMPORT = {
  'src/manifest': [],
  'src/schema': ['src/manifest'],
  'src/tree': ['src/manifest'],
  'src/sops': ['src/manifest'],
  'src/flux': ['src/sops', 'src/tree', 'src/schema', 'src/manifest'],
  'src/sources': ['src/flux', 'src/sops', 'src/tree', 'src/manifest'],
  'src/kube': ['src/flux', 'src/sops', 'src/tree', 'src/manifest'],
  'src/render': ['src/sources', 'src/kube', 'src/flux', 'src/sops', 'src/tree', 'src/schema', 'src/manifest'],
  'src/reconciler': ['src/render', 'src/sources', 'src/kube', 'src/flux', 'src/sops', 'src/tree', 'src/manifest'],
  'src/dashboard': ['src/reconciler', 'src/render', 'src/sources', 'src/kube', 'src/flux', 'src/tree', 'src/manifest'],
  constructs: ['imports', 'src/tree', 'src/sops', 'src/schema', 'src/manifest'],
  cluster: ['constructs'],
};
const FOLDERS = [...Object.keys(MAY_IMPORT), 'src/cli', 'imports', 'sandbox', 'bench', 'test'];

const directions = Object.entries(MAY_IMPORT).map(([folder, allowed]) => ({
  files: [`${folder}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: FOLDERS.filter((other) => other !== folder && !allowed.includes(other)).map((other) => ({
          regex: `^(\\.\\./)+${other.startsWith('src/') && folder.startsWith('src/') ? `(src/)?${other.slice(4)}` : other}(/|$)`,
          message: `${folder}/ may not import ${other}/: imports point downward only (docs/architecture.md).`,
        })),
      },
    ],
  },
}));

/** src/flux/ is pure: the reconciler, the offline renderer and the tests call the same functions over data. */
const pure = {
  files: ['src/flux/**/*.ts'],
  rules: {
    'no-restricted-globals': ['error', 'fetch', 'setTimeout', 'setInterval', 'process'],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'src/flux/ knows no clock: take the time as a parameter.' },
    ],
  },
};

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'lib',
      'dist',
      'build',
      'kubernetes',
      'imports/*.io.ts',
      '**/fixtures',
      'src/cli/init/template',
    ],
  },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      eqeqeq: ['error', 'always'],
    },
  },
  ...directions,
  pure,
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  // jest's `expect(mock.method)` and `await expect(...)` are not what these two rules are about.
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
