import { defineConfig } from 'vitest/config';

const globalSetup = ['test/_helpers/temporary-folder.ts'];

/**
 * No test depends on how fast the machine is: these end what hangs, and nothing else. The fast suites run side by side, then
 * what starts servers, and then what deploys everything.
 */
const patient = { testTimeout: 300_000, hookTimeout: 600_000, expect: { poll: { timeout: 120_000 } } };
const slow = { ...patient, testTimeout: 900_000 };

export default defineConfig({
  test: {
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.vitest/results.json' }]] : ['default'],
    maxWorkers: 2,
    projects: [
      {
        test: {
          globalSetup,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          ...patient,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          globalSetup,
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          ...patient,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          globalSetup,
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          ...patient,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          globalSetup,
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          ...slow,
          // They wait for servers more than they compute.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          globalSetup,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          ...slow,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
