/**
 * The rules for English alone, for every file that is given: seconds, where all rules take a minute.
 *
 * `npm run lint:english -- lib/contract docs/client.md`
 */
import tseslint from 'typescript-eslint';
import { englishFiles } from './english.js';

export default [
  { ignores: ['**/node_modules', 'dist', '**/cdk.out', '.strongroom', 'strongroom', '.ci'] },
  { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  { files: ['**/*.{ts,js,mjs}'], languageOptions: { parser: tseslint.parser } },
  ...englishFiles(['**/*']),
];
