// Prints the closing line of .ci/run from vitest's results; a run that failed before its tests counts as one failure.
import { existsSync, readFileSync } from 'node:fs';

const status = Number(process.argv[2]);
const file = new URL('../.vitest/results.json', import.meta.url);
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 };
const failed = status !== 0 && results.numFailedTests === 0 ? 1 : results.numFailedTests;
console.log(`${results.numPassedTests} passed, ${failed} failed`);
process.exitCode = status === 0 && failed > 0 ? 1 : status;
