import { defineConfig } from 'vitest/config';

const globalSetup = ['test/_helpers/temporary-folder.ts'];

/** The fast suites run side by side, then what starts servers, and then what deploys everything, two files at a time: one waits long. */
const slow = { testTimeout: 120_000, hookTimeout: 240_000 };

export default defineConfig({
  test: {
    reporters: process.env['CI'] ? ['default', ['json', { outputFile: '.vitest/results.json' }]] : ['default'],
    maxWorkers: 2,
    projects: [
      { test: { globalSetup, name: 'unit', include: ['test/unit/**/*.test.ts'], sequence: { groupOrder: 0 } } },
      {
        test: {
          globalSetup,
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          globalSetup,
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 180_000,
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
