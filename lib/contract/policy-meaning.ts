/** Compares policies by what they mean: names, order and spelling make no difference. */
import type { PolicyStatementMeaning } from './posture.ts';

/**
 * The statements of a policy document.
 *
 * Equal are: one value and a list of it; any order and repetition; upper and lower case in actions and condition keys; a
 * number or a boolean and its text; an account's id and the ARN of its root; `"*"` and `{"AWS": "*"}`; `ArnEquals` and
 * `ArnLike`, which IAM evaluates in the same way:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 *
 * @returns `undefined` if it is not a policy document
 */
export const policyMeanings = (policy: unknown): PolicyStatementMeaning[] | undefined => {
  if (!isFields(policy)) return undefined;
  const statements = listOf(policy['Statement']);
  return statements.every(isFields) ? statements.map(meaningOf) : undefined;
};

/** The same of the text of a policy. */
export const policyMeaningsIn = (text: string): PolicyStatementMeaning[] | undefined => {
  try {
    return policyMeanings(JSON.parse(text));
  } catch {
    return undefined;
  }
};

export interface PolicyDifference {
  /** Names of statements that the declared policy has and the live one has not. */
  readonly missing: readonly string[];
  /** Names of statements that the live policy has in addition. */
  readonly additional: readonly string[];
  /** Whether more is allowed than declared: a denial is missing, or something is allowed in addition. */
  readonly isWider: boolean;
}

/** @returns `undefined` if the policies mean the same */
export const policyDifference = (
  declared: readonly PolicyStatementMeaning[],
  live: readonly PolicyStatementMeaning[],
): PolicyDifference | undefined => {
  const missing = without(declared, live);
  const additional = without(live, declared);
  if (missing.length === 0 && additional.length === 0) return undefined;
  return {
    missing: missing.map(nameOf),
    additional: additional.map(nameOf),
    isWider: missing.some((one) => !isAllow(one)) || additional.some(isAllow),
  };
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
};

const meaningOf = (statement: Fields): PolicyStatementMeaning => {
  const meaning: Record<string, unknown> = {};
  for (const [element, value] of sorted(statement)) {
    if (element === 'Sid') continue;
    const canonical = canonicalOf(element, value);
    if (canonical !== undefined) meaning[element] = canonical;
  }
  const sid = statement['Sid'];
  return { sid: typeof sid === 'string' ? sid : '', meaning: JSON.stringify(meaning) };
};

const canonicalOf = (element: string, value: unknown): unknown => {
  switch (element) {
    case 'Effect':
      return value;
    case 'Action':
    case 'NotAction':
      return textsOf(value, (text) => text.toLowerCase());
    case 'Principal':
    case 'NotPrincipal':
      return principalsOf(value);
    case 'Condition':
      return conditionsOf(value);
    default:
      return textsOf(value);
  }
};

const principalsOf = (value: unknown): unknown =>
  Object.fromEntries(
    sorted(isFields(value) ? value : { AWS: value }).map(([kind, ids]) => [kind, textsOf(ids, accountOfRoot)]),
  );

const accountOfRoot = (principal: string): string =>
  /^arn:[\w-]+:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal;

/** Absent if there is none: an empty one holds always. */
const conditionsOf = (value: unknown): unknown => {
  if (!isFields(value)) return undefined;
  const operators = Object.entries(renamed(value, (operator) => operator.replace(/Arn(Not)?Equals$/, 'Arn$1Like')))
    .map(([operator, keys]): [string, Fields] => [
      operator,
      isFields(keys) ? renamed(keys, (key) => key.toLowerCase()) : { '': keys },
    ])
    .filter(([, keys]) => Object.keys(keys).length > 0)
    .map(([operator, keys]): [string, unknown] => [
      operator,
      Object.fromEntries(sorted(keys).map(([key, values]) => [key, textsOf(values)])),
    ]);
  return operators.length === 0 ? undefined : Object.fromEntries(sorted(Object.fromEntries(operators)));
};

/** Names that would become one stay as they are: both conditions must hold. */
const renamed = (fields: Fields, rename: (name: string) => string): Fields => {
  const names = Object.keys(fields).map(rename);
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const other = rename(name);
      return [names.filter((one) => one === other).length > 1 ? name : other, value];
    }),
  );
};

const textsOf = (value: unknown, write: (text: string) => string = (text) => text): string[] =>
  [...new Set(listOf(value).map((one) => write(typeof one === 'string' ? one : JSON.stringify(one))))].sort();

const sorted = <Value>(fields: Readonly<Record<string, Value>>): [string, Value][] =>
  Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1));

const without = (
  statements: readonly PolicyStatementMeaning[],
  others: readonly PolicyStatementMeaning[],
): PolicyStatementMeaning[] => {
  const known = new Set(others.map(({ meaning }) => meaning));
  return statements.filter(({ meaning }) => !known.has(meaning));
};

const nameOf = ({ sid }: PolicyStatementMeaning): string => (sid === '' ? 'a statement without a Sid' : sid);

const isAllow = ({ meaning }: PolicyStatementMeaning): boolean => !meaning.includes('"Effect":"Deny"');
