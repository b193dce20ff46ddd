/** The service control policy that docs/security.md recommends: what it takes from administrators, and leaves to the pipeline. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accountActions, keyActions, secretActions } from '../../lib/access/index.ts';
import { actionName, compile, type Context, isAllowed } from './matrix/evaluator.ts';

const page = readFileSync('docs/security.md', 'utf8');
const [, text = ''] = /```json\n([^]+?)```/.exec(page) ?? [];
const policy = JSON.parse(text) as { Statement: { Action: string | string[] }[] };

const account = '444455556666';
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const allowAll = compile({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

/** Within the policy, for somebody whose own policies allow everything. */
const may = (who: string, action: string, arn: string, context: Context[number] = {}): boolean =>
  isAllowed({ arn: role(who), account, policies: [allowAll, compile(policy)] }, actionName(action), { arn, account }, [
    { ...context, 'aws:principalarn': role(who) },
  ]);

const secret = `arn:aws:secretsmanager:eu-west-1:${account}:secret:prod/payments/orders-db-AbCdEf`;
const master = `arn:aws:secretsmanager:eu-west-1:${account}:secret:rds!db-1a2b3c4d-AbCdEf`;
const others = `arn:aws:secretsmanager:eu-west-1:${account}:secret:elsewhere-AbCdEf`;
const key = `arn:aws:kms:eu-west-1:${account}:key/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d`;
const ours = { 'kms:resourcealiases': ['alias/strongroom/prod/high'] };
const theirs = { 'kms:resourcealiases': ['alias/theirs'] };
const alias = `arn:aws:kms:eu-west-1:${account}:alias/strongroom/prod/high`;
const consumer = { 'aws:resourcetag/strongroom:environment': 'prod' };
const stack = `arn:aws:cloudformation:eu-west-1:${account}:stack/strongroom-prod-payments/1a2b`;
const executes = `cdk-secrets-cfn-exec-role-${account}-eu-west-1`;

describe('the service control policy', () => {
  test.each<[action: string, arn: string, context: Context[number], who: string]>([
    ['secretsmanager:CreateSecret', secret, {}, executes],
    ['secretsmanager:PutResourcePolicy', secret, {}, executes],
    ['secretsmanager:PutResourcePolicy', secret, {}, 'strongroom-prod-break-glass'],
    ['secretsmanager:GetSecretValue', master, {}, 'strongroom-prod-rotation-postgres'],
    ['kms:PutKeyPolicy', key, ours, executes],
    ['kms:ScheduleKeyDeletion', key, ours, executes],
    ['kms:UpdateAlias', alias, {}, executes],
    ['iam:UpdateAssumeRolePolicy', role('prod-payments-api'), consumer, executes],
    ['iam:TagRole', role('prod-payments-api'), consumer, executes],
    ['iam:CreateRole', role('strongroom-prod-break-glass'), {}, executes],
    ['iam:CreateRole', role(executes), {}, 'administrator'],
    ['cloudformation:CreateChangeSet', stack, {}, `cdk-secrets-deploy-role-${account}-eu-west-1`],
  ])('leaves %s to those who need it, and to nobody else', (action, arn, context, who) => {
    expect(may(who, action, arn, context)).toBe(true);
    expect(may('developer', action, arn, context)).toBe(false);
    expect(may(`cdk-hnb659fds-cfn-exec-role-${account}-eu-west-1`, action, arn, context)).toBe(false);
  });

  test.each<[action: string, arn: string, context: Context[number]]>([
    ['secretsmanager:GetSecretValue', secret, {}],
    ['secretsmanager:CreateSecret', others, {}],
    ['kms:PutKeyPolicy', key, theirs],
    ['iam:UpdateAssumeRolePolicy', role('theirs'), {}],
    ['cloudformation:CreateChangeSet', stack.replace('strongroom', 'theirs'), {}],
  ])('has no part in %s on what is none of it', (action, arn, context) => {
    expect(may('developer', action, arn, context)).toBe(true);
  });

  test('names actions that there are, and fits into the 5,120 characters of such a policy', () => {
    const known = new Set([
      ...Object.values(secretActions).flatMap((all) => all.map((action) => `secretsmanager:${action}`)),
      ...accountActions.secretsmanager.map((action) => `secretsmanager:${action}`),
      ...Object.values(keyActions).flatMap((all) => all.map((action) => `kms:${action}`)),
    ]);
    const named = policy.Statement.flatMap(({ Action }) => Action).filter((one) =>
      /^(?:kms|secretsmanager):/.test(one),
    );
    expect(named.filter((action) => !known.has(action))).toEqual([]);
    expect(JSON.stringify(policy).length).toBeLessThan(5120);
  });
});
