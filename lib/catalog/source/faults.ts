/** Turns what zod found into sentences: what is wrong, where, the offending value, and what to write instead. */
import { z } from 'zod';

import { choiceOf } from '../words/choice.ts';
import { type Expectation, expectationOf, oneOfThese } from '../words/expectation.ts';
import { isContainer, keysOf, schemaAt } from './walk.ts';
import { namesSecret, type Path, showKind, showName, showPath, showValue } from '../messages/show-value.ts';
import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import { didYouMean, nearest } from '../messages/suggest.ts';
import { isMapping, valueAt } from './value-at.ts';

export interface Fault {
  readonly path: Path;
  readonly code: CatalogProblemCode;
  /** Whether it is the key at the path that is wrong, or its value. */
  readonly part: 'key' | 'value';
  /** Follows the path: "must be …". */
  readonly problem: string;
}

/** The faults behind one issue. `schema` and `data` are those of the whole file; `base` is where the issue's path starts. */
export const faultsOf = (
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  data: unknown,
  base: Path = [],
): readonly Fault[] => {
  const path: Path = [...base, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))];
  if (issue.code === 'unrecognized_keys') {
    // Of a union zod may report the one form that lacks the key, and not that the value of the key is wrong in the others.
    const values = badValuesAt(path, schema, data);
    const keys = issue.keys.filter((key) => !values.some((fault) => fault.path[path.length] === key));
    return [...values, ...keys.map((key) => unknownKey([...path, key], schema, data))];
  }
  if (issue.code === 'invalid_key') return [badKey(path, schema, data)];
  if (issue.code === 'invalid_union') {
    const within = faultsOfUnion(issue, path, schema, data);
    if (within.length > 0) return within;
  }
  return [badValue(issue, path, schema, data)];
};

/** A mapping is meant as one form of several: the faults are those of that form. */
const faultsOfUnion = (
  issue: z.core.$ZodIssueInvalidUnion,
  path: Path,
  schema: z.core.$ZodType,
  data: unknown,
): readonly Fault[] => {
  // No form for a word: the issue is at the word.
  const at = issue.discriminator === undefined ? path : path.slice(0, -1);
  const given = valueAt(data, at);
  const union = schemaAt(schema, at, data);
  const choice = union && choiceOf(union);
  if (isMapping(given) && choice !== undefined) {
    const faults = faultsOfAnyForm(choice.anyForm, at, given, schema, data);
    if (issue.discriminator !== undefined) {
      const own = badValue(issue, path, schema, data);
      return faults.some((fault) => showPath(fault.path) === showPath(path)) ? faults : [own, ...faults];
    }
    const meant = choice.meant?.(given);
    if (meant === undefined && choice.none !== undefined) {
      const problem = `${choice.none} (got a mapping); write ${writeFor(union)}`;
      return [{ path, code: 'wrong-value', part: 'value', problem }, ...faults];
    }
    if (meant === undefined && faults.length > 0) return faults;
    const errors =
      meant === undefined ? fewest(issue.errors.filter((inner) => inner.every(isWithin))) : (issue.errors[meant] ?? []);
    return errors.flatMap((inner) => faultsOf(inner, schema, data, path));
  }
  if (!isMapping(given) && !Array.isArray(given)) return [];
  // Of several forms the user meant the mapping, or the list: the faults are those within it.
  const meant = issue.errors.find((inner) => inner.every(isWithin));
  return meant?.flatMap((inner) => faultsOf(inner, schema, data, path)) ?? [];
};

const badValuesAt = (path: Path, schema: z.core.$ZodType, data: unknown): Fault[] => {
  const around = schemaAt(schema, path, data);
  const choice = around instanceof z.ZodDiscriminatedUnion ? undefined : around && choiceOf(around);
  const issues = choice?.anyForm.safeParse(valueAt(data, path)).error?.issues ?? [];
  return issues
    .filter(({ code }) => code !== 'unrecognized_keys')
    .flatMap((issue) => faultsOf(issue, schema, data, path));
};

/** What is wrong with a mapping whatever its form. */
const faultsOfAnyForm = (
  anyForm: z.ZodObject,
  at: Path,
  given: unknown,
  schema: z.core.$ZodType,
  data: unknown,
): Fault[] => {
  const result = anyForm.safeParse(given);
  return result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, schema, data, at));
};

const fewest = (errors: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] =>
  errors.reduce((best, other) => (other.length < best.length ? other : best), errors[0] ?? []);

const isWithin = ({ code, path }: z.core.$ZodIssue): boolean =>
  path.length > 0 || code === 'unrecognized_keys' || code === 'custom';

const unknownKey = (path: Path, schema: z.core.$ZodType, data: unknown): Fault => {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const around = schemaAt(schema, parent, data);
  const given = valueAt(data, parent);
  const choice = around && choiceOf(around);
  if (choice !== undefined && isMapping(given) && Object.hasOwn(choice.anyForm.shape, key)) {
    return { path, code: 'key-not-possible', part: 'key', problem: choice.whyNot(key, given) };
  }
  if (namesSecret(key)) {
    const problem =
      'must not be here: a catalog holds no secret values. Take it out, put the value with ' +
      '`aws secretsmanager put-secret-value` after the deployment, and change it if it was ever committed';
    return { path, code: 'secret-in-catalog', part: 'key', problem };
  }
  const hint = didYouMean(key, around ? keysOf(around, given) : [], 'leave it out');
  return { path, code: 'unknown-key', part: 'key', problem: `is not a known key; ${hint}` };
};

const badKey = (path: Path, schema: z.core.$ZodType, data: unknown): Fault => {
  const around = schemaAt(schema, path.slice(0, -1), data);
  const { must, write } = expectationFor(around instanceof z.ZodRecord ? around.keyType : undefined, undefined);
  const name = showName(String(path.at(-1)));
  return { path, code: 'wrong-name', part: 'key', problem: `must ${must} (got ${name}); write ${write}` };
};

const badValue = (issue: z.core.$ZodIssue, path: Path, root: z.core.$ZodType, data: unknown): Fault => {
  const fault = (code: CatalogProblemCode, problem: string): Fault => ({ path, code, part: 'value', problem });
  const schema = schemaAt(root, path, data);
  const value = valueAt(data, path);
  const { must, write, whyNot = {} } = expectationFor(schema, value);
  if (value === undefined || value === null) {
    return fault('missing-key', `is missing; ${write === oneOfThese ? `it must ${must}` : `write ${write}`}`);
  }
  // Text where a mapping or a list belongs may be the secret itself: its kind is enough.
  const got = schema && isContainer(schema) ? showKind(value) : showValue(value, path);
  if (issue.code === 'custom') {
    const closer: unknown = issue.params?.['write'];
    return fault('wrong-value', `${issue.message} (got ${got}); write ${typeof closer === 'string' ? closer : write}`);
  }
  if (typeof value === 'string' && Object.hasOwn(whyNot, value)) {
    return fault('value-not-possible', `can't be ${value}: ${whyNot[value] ?? ''}`);
  }
  const words = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const meant = typeof value === 'string' && words.length > 1 ? nearest(value, words) : undefined;
  return fault(
    issue.code === 'invalid_type' ? 'wrong-type' : 'wrong-value',
    `must ${must} (got ${got}); ${meant === undefined ? `write ${write}` : `did you mean ${meant}?`}`,
  );
};

const expectationFor = (schema: z.core.$ZodType | undefined, value: unknown): Expectation => {
  const known = schema && expectationOf(schema);
  if (known) return known;
  const keys = schema ? keysOf(schema, value) : [];
  return { must: `be a mapping of ${keys.join(', ')}`, write: `${keys.join(', ')} under it, each as KEY: VALUE` };
};

const writeFor = (schema: z.core.$ZodType | undefined): string => expectationFor(schema, undefined).write;
