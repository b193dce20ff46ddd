/** Whether Secrets Manager can invoke a rotation function, and nobody's else. */
import { z } from 'zod';

import { findingOf, type Finding } from './finding.ts';
import type { FunctionState } from './ports.ts';

/** @param account the account of the secret */
export const functionFindings = (
  secret: string,
  functionArn: string,
  account: string,
  state: FunctionState | undefined,
): Finding[] => {
  const found = (code: string, cause: string): Finding[] => [findingOf(secret, 'function', code, cause)];
  const name = functionArn.split(':')[6] ?? functionArn;
  if (state === undefined) return found('function-missing', `The rotation function ${name} does not exist`);
  if (state.state !== 'Active') {
    const why = state.reason === undefined ? '' : `: ${state.reason}`;
    return found('function-not-ready', `The rotation function ${name} is ${state.state}${why}`);
  }
  if (state.reservedConcurrency === 0) {
    return found('function-stopped', `The rotation function ${name} has a reserved concurrency of 0, so it never runs`);
  }
  switch (permissionIn(state.policy, account)) {
    case 'given':
      return [];
    case 'unlimited': {
      const cause = `The policy of ${name} lets Secrets Manager invoke it for secrets of any account`;
      return found('function-open', cause);
    }
    case 'missing': {
      const cause = `The policy of ${name} does not let Secrets Manager invoke it for secrets of account ${account}`;
      return found('function-not-invokable', cause);
    }
  }
};

const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
const statementSchema = z.looseObject({
  Effect: z.string(),
  Action: oneOrMore,
  Principal: z.union([z.literal('*'), z.looseObject({ Service: oneOrMore.optional() })]).optional(),
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).optional(),
});
const policySchema = z.looseObject({ Statement: z.array(z.unknown()) });

/** What the function's policy gives to Secrets Manager, read as `AddPermission` writes it. */
export const permissionIn = (policy: string | undefined, account: string): 'given' | 'unlimited' | 'missing' => {
  if (policy === undefined) return 'missing';
  const statements = policySchema
    .parse(JSON.parse(policy))
    .Statement.map((statement) => statementSchema.safeParse(statement))
    .flatMap(({ data }) => data ?? [])
    .filter(({ Effect, Action, Principal }) => {
      const services = Principal === '*' ? [] : (Principal?.Service ?? []);
      const invokes = Action.some((action) => /^(\*|lambda:(\*|InvokeFunction))$/i.test(action));
      return Effect === 'Allow' && invokes && services.includes('secretsmanager.amazonaws.com');
    });
  const limits = statements.map(({ Condition = {} }) => limitOf(Condition, account));
  if (limits.includes('this-account')) return 'given';
  return limits.includes('none') ? 'unlimited' : 'missing';
};

const limitOf = (
  condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  account: string,
): 'this-account' | 'other-account' | 'none' => {
  const keys = Object.values(condition).flatMap((values) => Object.entries(values));
  const valuesOf = (wanted: string): readonly string[] | undefined =>
    keys.find(([key]) => key.toLowerCase() === wanted)?.[1];
  const accounts = valuesOf('aws:sourceaccount');
  if (accounts) return accounts.includes(account) ? 'this-account' : 'other-account';
  const arns = valuesOf('aws:sourcearn');
  if (arns) return arns.some((arn) => arn.split(':')[4] === account) ? 'this-account' : 'other-account';
  return 'none';
};
