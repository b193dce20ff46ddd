import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import { englishFiles, held } from './tools/lint/english.js';

/** Modules that only adapters, the engines of lambdas/databases and the client's own reader may import. */
const infrastructure = [
  '@aws-sdk/*',
  '@smithy/*',
  'pg',
  'pg/*',
  'mysql2',
  'mysql2/*',
  '@redis/client',
  'mongodb',
  'tedious',
];
const cdk = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'cdk-nag'];

/** A wall of docs/architecture: `files` never import `patterns`. */
const wall = (files, ...walls) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: walls.map(([what, message]) =>
          typeof what === 'string' ? { regex: what, message } : { group: what, message },
        ),
      },
    ],
  },
});

const noCdk = [cdk, 'Run-time code knows no CDK: share names through lib/contract.'];
const noLambdas = [
  ['**/lambdas/**'],
  'lib/ deploys the bundles and never imports lambdas/: share names through lib/contract.',
];
const noSdk = [infrastructure, 'SDK clients and drivers live in adapters/ only: take a port instead.'];
const onlyContract = ['^\\..*/lib/(?!contract/)', 'Of lib/ only lib/contract is shared with run-time code.'];
const noLambdasInCli = [['**/lambdas/**'], 'cli/ never imports lambdas/: share names through lib/contract.'];
const aboveRuntime = [
  '/(databases|rotation|first-rotation|audit)(-[a-z]+)?/',
  'lambdas/runtime knows none of its users: it raises its own errors.',
];
const noLocal = [['**/local/**', '**/test/**', '**/bench/**'], 'Shipped code never imports development code.'];

const code = '**/*.{ts,js,mjs}';

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'cdk.out', '.strongroom', 'strongroom'] },
  {
    files: [code],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Inject a random source; secrets come from node:crypto.' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        AbortSignal: 'readonly',
        console: 'readonly',
        fetch: 'readonly',
        process: 'readonly',
        URL: 'readonly',
      },
    },
  },
  // lib/: contract ← model ← catalog, access, reader-policies, rules ← constructs ← stacks.
  wall(['lib/**'], noLambdas, noLocal),
  wall(
    ['lib/model/**'],
    noLambdas,
    noLocal,
    [[...cdk, '@aws-sdk/*'], 'lib/model is pure: it knows no CDK and no AWS SDK.'],
    ['^\\.\\./(?!contract/)', 'lib/model imports lib/contract alone.'],
  ),
  wall(
    ['lib/catalog/**'],
    noLambdas,
    noLocal,
    [cdk, 'lib/catalog is pure: it knows no CDK.'],
    [['@aws-sdk/*'], 'lib/catalog is pure: it knows no AWS SDK.'],
    ['/(access|constructs|stacks|rules|placement)/', 'lib/catalog says what is declared, and knows none of its users.'],
  ),
  wall(
    ['lib/reader-policies/**'],
    noLambdas,
    noLocal,
    [[...cdk, '@aws-sdk/*'], 'lib/reader-policies is pure: it knows no CDK and no AWS SDK.'],
    ['^\\.\\./(?!(contract|model)/)', 'lib/reader-policies imports lib/contract and lib/model alone.'],
  ),
  wall(
    ['lib/access/**'],
    noLambdas,
    noLocal,
    [cdk, 'lib/access is pure: it knows no CDK, and nothing of how policies are written.'],
    [
      '^\\.\\./(?!(contract|model)/)',
      'lib/access tells who may do what from the model alone, and shares no decision with what writes policies.',
    ],
    [infrastructure, 'lib/access is pure: it knows no AWS SDK.'],
  ),
  wall(['lib/contract/**'], ['^(?!\\./)', 'lib/contract imports nothing but itself.']),
  // lambdas/: contract ← runtime ← databases ← rotation, audit.
  wall(['lambdas/**'], noCdk, noSdk, onlyContract, noLocal),
  wall(
    ['lambdas/**/adapters/**', 'lambdas/audit/destinations/**', 'lambdas/*/handler.ts'],
    noCdk,
    onlyContract,
    noLocal,
  ),
  wall(['lambdas/databases/**'], noCdk, onlyContract, noLocal, [
    '/(rotation|first-rotation|audit)(-[a-z]+)?/',
    'lambdas/databases knows neither rotation nor audit: it raises its own errors.',
  ]),
  wall(['lambdas/runtime/*.ts', 'lambdas/runtime/middleware/**'], noCdk, noSdk, onlyContract, noLocal, aboveRuntime),
  wall(['lambdas/runtime/adapters/**'], noCdk, onlyContract, noLocal, aboveRuntime),
  wall(['client/**'], noCdk, onlyContract, noLocal, [['**/lambdas/**', '**/cli/**'], 'client/ stands alone.']),
  wall(['cli/**'], noCdk, noSdk, noLocal, noLambdasInCli),
  wall(['cli/adapters/**'], noCdk, noLocal, noLambdasInCli),
  {
    files: ['.ci/**', 'cli/**', 'local/**', 'bench/**', 'tools/**', 'test/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-restricted-properties': 'off' },
  },
  ...englishFiles(held),
);
