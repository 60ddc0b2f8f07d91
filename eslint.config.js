import tseslint from 'typescript-eslint';
import { importDirection } from './lint/import-direction.js';

/** src/flux/ is pure: the reconciler, the offline renderer and the tests call the same functions over data. */
const pure = {
  files: ['src/flux/**/*.ts'],
  rules: {
    'no-restricted-globals': [
      'error',
      ...['fetch', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'process', 'performance'],
    ],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'src/flux/ knows no clock: take the time as a parameter.' },
      { object: 'Math', property: 'random', message: 'src/flux/ knows no chance: take it as a parameter.' },
    ],
    'no-restricted-syntax': [
      'error',
      {
        selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
        message: 'src/flux/ knows no clock: take the time as a parameter.',
      },
    ],
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '^(node:)?(fs|net|http|https|http2|tls|dns|os|child_process|worker_threads|timers)(/|$)',
            message: 'src/flux/ knows no disk, no network and no process: it works on data.',
          },
        ],
      },
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
  {
    files: ['**/*.ts'],
    plugins: { slipway: { rules: { 'import-direction': importDirection } } },
    rules: { 'slipway/import-direction': 'error' },
  },
  pure,
  { files: ['**/*.js'], extends: [tseslint.configs.disableTypeChecked] },
  // jest's `expect(mock.method)` and `await expect(...)` are not what these two rules are about.
  {
    files: ['test/**/*.ts'],
    rules: { '@typescript-eslint/unbound-method': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
