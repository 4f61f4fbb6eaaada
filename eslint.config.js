import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

const server = ['core/**/*.ts', 'fhir/**/*.ts', 'plugins/**/*.ts', 'scripts/**/*.ts', 'sql/**/*.ts', 'test/**/*.ts'];

export default ts.config(
  { ignores: ['**/node_modules/', 'generated/', 'coverage/', '.openward/', 'ui/build/', 'ui/.svelte-kit/'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-async-promise-executor': 'error',
      'no-cond-assign': 'error',
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-empty': 'error',
      'no-fallthrough': 'error',
      'no-irregular-whitespace': 'error',
      'no-loss-of-precision': 'error',
      'no-self-assign': 'error',
      'no-self-compare': 'error',
      'no-sparse-arrays': 'error',
      'no-template-curly-in-string': 'error',
      'no-unsafe-finally': 'error',
      'no-unsafe-optional-chaining': 'error',
      'no-useless-catch': 'error',
      'no-useless-escape': 'error',
      'use-isnan': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    // A forgotten await is a change that is answered before it is kept; this one needs the types and is worth it.
    files: server,
    languageOptions: { globals: globals.node, parserOptions: { projectService: true } },
    rules: { '@typescript-eslint/no-floating-promises': 'error' },
  },
  { files: ['**/*.{js,mjs,cjs}'], languageOptions: { globals: globals.node } },
  {
    files: ['ui/**/*.{svelte,ts}'],
    languageOptions: { globals: globals.browser },
  },
  {
    files: ['ui/**/*.svelte', 'ui/**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } },
    rules: {
      // Text is shown as text; patients' names and notes would otherwise be a way in.
      'svelte/no-at-html-tags': 'error',
    },
  },
  {
    files: ['ui/**/*.{svelte,ts}'],
    rules: {
      // The one base path of this interface is "/".
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'test', property: 'only', message: 'It would silence all other tests.' },
      ],
    },
  },
);
