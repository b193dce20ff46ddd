/** A batch read whose filter matches every secret, or nearly: `name` with nothing or one character, or only negations. */
import { isFields, list, text } from '../../normalise/event-reader.ts';
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

export const batchOfEverything: Rule = (event, { declared }) => {
  const { service, operation, request, principal } = event;
  if (service !== 'secretsmanager' || operation !== 'BatchGetSecretValue') return undefined;
  if (declared.role(principal.arn)?.as === 'deployer') return undefined;
  const hasList = list(request, 'secretIdList').length > 0;
  const filters = list(request, 'filters').filter(isFields);
  if (hasList || !filters.every((filter) => matchesAll(text(filter, 'key'), list(filter, 'values')))) return undefined;
  return {
    group: principal.arn,
    secrets: event.secrets,
    message: `${nameOf(principal)} called BatchGetSecretValue with ${filters.length === 0 ? 'no filter' : 'a filter that matches everything'}`,
  };
};

/** A value with `!` excludes: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html */
const matchesAll = (key: string | undefined, values: readonly unknown[]): boolean =>
  key === undefined ||
  values.every((value) => typeof value !== 'string' || value.startsWith('!') || value.trim().length <= 1);
