/** Holds, after each file that shares its process with others, that it has put back what it changed for all of them. */
import { afterAll, expect } from 'vitest';

const before = { ...process.env };
const folder = process.cwd();
const { now } = Date;

afterAll(() => {
  expect({ folder: process.cwd(), now: Date.now }).toEqual({ folder, now });
  expect(changed(), 'variables of the environment that the file has left changed').toEqual([]);
});

/** What a library sets when it is loaded stays. */
const ofLibraries = ['AWS_SDK_UA_APP_ID'];

/** Names alone: values may be anything. */
const changed = (): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(process.env)])].filter(
    (name) => process.env[name] !== before[name] && !ofLibraries.includes(name),
  );
