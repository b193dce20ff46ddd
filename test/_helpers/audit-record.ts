/** Records of CloudTrail made by hand, one small file for each kind of odd input. */
import { readFileSync } from 'node:fs';

const folder = new URL('../_fixtures/audit-records/', import.meta.url);

/** The text of the file, as it could stand in a trail's file. */
export const recordText = (name: string): string => readFileSync(new URL(`${name}.json`, folder), 'utf8');

export const record = (name: string): Record<string, unknown> =>
  JSON.parse(recordText(name)) as Record<string, unknown>;

export const records = (name: string): readonly Record<string, unknown>[] =>
  JSON.parse(recordText(name)) as Record<string, unknown>[];
