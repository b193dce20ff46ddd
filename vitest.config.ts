import { defineConfig } from 'vitest/config';
import './local/check-folders.js';
import { LongestFirst } from './test/_helpers/longest-first.ts';

/** No test depends on how fast the machine is: these end what hangs, and nothing else. */
const patient = {
  globalSetup: ['test/_helpers/temporary-folder.ts'],
  testTimeout: 300_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 120_000 } },
};
/** What only computes comes first. */
const computes = { ...patient, sequence: { groupOrder: 0 } };
/** It waits for servers more than it computes: with two cores, six files keep them busy. */
const waits = { ...patient, testTimeout: 900_000, maxWorkers: 6, sequence: { groupOrder: 1 } };

/**
 * Files share the processes that run them: each would load CDK, and the rules by which it checks templates, again. What a
 * file changes for all, such as the environment, it puts back.
 */
const shared = { isolate: false, setupFiles: ['test/_helpers/put-back.ts'] };

const isShuffled = process.argv.some((argument) => argument.startsWith('--sequence.shuffle'));

export default defineConfig({
  test: {
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.vitest/results.json' }]] : ['default'],
    maxWorkers: 2,
    sequence: isShuffled ? {} : { sequencer: LongestFirst },
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], ...computes, ...shared } },
      { test: { name: 'infra', include: ['test/infra/**/*.test.ts'], ...computes, ...shared } },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'], ...computes } },
      { test: { name: 'integration', include: ['test/integration/**/*.test.ts'], ...waits } },
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], ...waits } },
    ],
  },
});
