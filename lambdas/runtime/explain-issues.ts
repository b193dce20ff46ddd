/** What is wrong with a value, from the issues of its schema: one sentence that names fields, and never quotes a value. */
import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/** The rest is counted. */
const shown = 3;

/** `SecretId is missing and must be a string; it has the unknown key Force` */
export const explainIssues = (issues: readonly Issue[], value: unknown): string => {
  const problems = issues.slice(0, shown).map((issue) => explain(issue, value));
  if (issues.length > shown) problems.push(`and ${issues.length - shown} more`);
  return problems.join('; ');
};

const explain = (issue: Issue, value: unknown): string => {
  const where = issue.path.map(String).join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${where || 'it'} has the unknown ${issue.keys.length === 1 ? 'key' : 'keys'} ${issue.keys.map(shownKey).join(', ')}`;
    case 'invalid_type':
      return `${where || 'it'} ${foundAt(issue.path, value)} and must be ${article(issue.expected === 'record' ? 'object' : issue.expected)}`;
    case 'invalid_value':
      return `${where || 'it'} ${missingAt(issue.path, value)}must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_union':
      return `${where || 'it'} ${missingAt(issue.path, value)}must be ${formsOf(issue)}`;
    case 'too_small':
      return `${where || 'it'} must ${atLeast(issue)}`;
    case 'too_big':
      return `${where || 'it'} must ${atMost(issue)}`;
    case 'custom':
      return `${where || 'it'} ${issue.message}`;
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
      return `${where || 'it'} has the wrong form`;
  }
};

const formsOf = (issue: z.core.$ZodIssueInvalidUnion): string =>
  'options' in issue ? `one of ${issue.options.map(String).join(', ')}` : 'one of the known forms';

/** A key of another form can be a value that was put in the wrong position. */
const shownKey = (key: string): string => (/^[A-Za-z][\w-]{0,29}$/.test(key) ? key : `one of ${key.length} characters`);

const foundAt = (path: Issue['path'], value: unknown): string => {
  const found = valueAt(path, value);
  if (found === undefined) return 'is missing';
  if (found === null) return 'is null';
  return `is ${article(Array.isArray(found) ? 'array' : typeof found)}`;
};

const missingAt = (path: Issue['path'], value: unknown): string =>
  valueAt(path, value) === undefined ? 'is missing and ' : '';

const valueAt = (path: Issue['path'], value: unknown): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );

const article = (type: string): string => `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;

const atLeast = ({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string => {
  if (origin === 'string') return minimum === 1 ? 'not be empty' : `have at least ${minimum} characters`;
  if (origin === 'array') return `have at least ${minimum} items`;
  return `be ${inclusive === false ? 'greater than' : 'at least'} ${minimum}`;
};

const atMost = ({ origin, maximum, inclusive }: z.core.$ZodIssueTooBig): string => {
  if (origin === 'string') return `have at most ${maximum} characters`;
  if (origin === 'array') return `have at most ${maximum} items`;
  return `be ${inclusive === false ? 'less than' : 'at most'} ${maximum}`;
};
