/** Turns what zod found into sentences: what is wrong, where, the offending value, and what to write instead. */
import { z } from 'zod';

import { type Expectation, expectationOf, oneOfThese } from '../schema/expectation.ts';
import { isContainer, keysOf, schemaAt } from '../schema/walk.ts';
import { namesSecret, type Path, showKind, showName, showPath, showValue } from '../messages/show-value.ts';
import { didYouMean, nearest } from '../messages/suggest.ts';
import { isMapping, valueAt } from './value-at.ts';

export interface Fault {
  readonly path: Path;
  /** Whether it is the key at the path that is wrong, or its value. */
  readonly part: 'key' | 'value';
  readonly message: string;
}

/** The faults behind one issue. `schema` and `data` are those of the whole file; `base` is where the issue's path starts. */
export const faultsOf = (
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  data: unknown,
  base: Path = [],
): readonly Fault[] => {
  const path: Path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...path, key], schema));
  if (issue.code === 'invalid_key') return [badKey(path, schema)];
  const given = valueAt(data, path);
  if (issue.code === 'invalid_union' && (isMapping(given) || Array.isArray(given))) {
    // Of several forms the user meant the mapping, or the list: the faults are those within it.
    const meant = issue.errors.find((inner) => inner.every(isWithin));
    const within = meant?.flatMap((inner) => faultsOf(inner, schema, data, path)) ?? [];
    if (within.length > 0) return within;
  }
  return [{ path, part: 'value', message: badValue(issue, path, schemaAt(schema, path), valueAt(data, path)) }];
};

const isWithin = ({ code, path }: z.core.$ZodIssue): boolean =>
  path.length > 0 || code === 'unrecognized_keys' || code === 'custom';

const unknownKey = (path: Path, schema: z.core.$ZodType): Fault => {
  const key = String(path.at(-1));
  const where = showPath(path);
  const around = schemaAt(schema, path.slice(0, -1));
  const known = around ? keysOf(around) : [];
  const message = namesSecret(key)
    ? `${where} must not be here: a catalog holds no secret values. Take it out, put the value with ` +
      '`aws secretsmanager put-secret-value` after the deployment, and change it if it was ever committed'
    : `${where} is no known key; ${didYouMean(key, known, 'leave it out')}`;
  return { path, part: 'key', message };
};

const badKey = (path: Path, schema: z.core.$ZodType): Fault => {
  const around = schemaAt(schema, path.slice(0, -1));
  const { must, write } = expectationFor(around instanceof z.ZodRecord ? around.keyType : undefined);
  const name = showName(String(path.at(-1)));
  return { path, part: 'key', message: `${showPath(path)} must ${must} (got ${name}); write ${write}` };
};

const badValue = (issue: z.core.$ZodIssue, path: Path, schema: z.core.$ZodType | undefined, value: unknown): string => {
  const where = path.length === 0 ? 'the file' : showPath(path);
  const { must, write, whyNot = {} } = expectationFor(schema);
  if (value === undefined || value === null) {
    return `${where} is missing; ${write === oneOfThese ? `it must ${must}` : `write ${write}`}`;
  }
  // Text where a mapping or a list belongs may be the secret itself: its kind is enough.
  const got = schema && isContainer(schema) ? showKind(value) : showValue(value, path);
  if (issue.code === 'custom') {
    const closer: unknown = issue.params?.['write'];
    return `${where} ${issue.message} (got ${got}); write ${typeof closer === 'string' ? closer : write}`;
  }
  if (typeof value === 'string' && Object.hasOwn(whyNot, value))
    return `${where} can't be ${value}: ${whyNot[value] ?? ''}`;
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const meant = typeof value === 'string' && words.length > 1 ? nearest(value, words) : undefined;
  return `${where} must ${must} (got ${got}); ${meant === undefined ? `write ${write}` : `did you mean ${meant}?`}`;
};

const expectationFor = (schema: z.core.$ZodType | undefined): Expectation => {
  const known = schema && expectationOf(schema);
  if (known) return known;
  const keys = schema ? keysOf(schema) : [];
  return { must: `be a mapping of ${keys.join(', ')}`, write: `${keys.join(', ')} under it, each as KEY: VALUE` };
};
