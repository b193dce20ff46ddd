/** Configuration of the rules for English. */
import { readFileSync } from 'node:fs';
import markdown from '@eslint/markdown';
import { parse } from 'yaml';
import * as yaml from 'yaml-eslint-parser';
import { plainEnglish } from './plain-english.js';

/** @type {readonly string[]} */
export const held = parse(readFileSync(new URL('held.yaml', import.meta.url), 'utf8'));

/**
 * @param {readonly string[]} files
 * @returns {import('eslint').Linter.Config[]}
 */
export const englishFiles = (files) => [
  { files: ['**/*.md'], plugins: { markdown }, language: 'markdown/gfm' },
  { files: ['**/*.{yaml,yml}', '**/package.json'], languageOptions: { parser: yaml } },
  {
    files: [...files],
    // Its examples are what is refused.
    ignores: ['tools/lint/words.yaml'],
    plugins: { english: plainEnglish },
    rules: { 'english/words': 'error', 'english/length': 'error' },
  },
];
