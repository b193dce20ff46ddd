import { describe, expect, it } from 'vitest';
import { policyReach } from '../../../../lambdas/audit/normalise/policy-reach.ts';

const account = '111122223333';
const allow = (principal: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: 'secretsmanager:GetSecretValue',
  Resource: '*',
  ...more,
});
const reach = (statement: unknown) =>
  policyReach(JSON.stringify({ Version: '2012-10-17', Statement: statement }), account);

describe('how far a policy opens a secret', () => {
  it.each([
    ['a role of the account', [allow({ AWS: `arn:aws:iam::${account}:role/a` })], 'account'],
    ['the account by its number', [allow({ AWS: account })], 'account'],
    ['a service', [allow({ Service: 'events.amazonaws.com' })], 'account'],
    ['only denials', [{ ...allow('*'), Effect: 'Deny' }], 'account'],
    ['no statement', [], 'account'],
    ['a role of another account', [allow({ AWS: 'arn:aws:iam::999999999999:role/a' })], 'other-account'],
    ['one of several', [allow({ AWS: [account, '999999999999'] })], 'other-account'],
    ['a deleted principal', [allow({ AWS: 'AROAEXAMPLE' })], 'other-account'],
    [
      'anyone of an organisation',
      [allow('*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a' } } })],
      'other-account',
    ],
    ['a single statement without a list', allow({ AWS: '999999999999' }), 'other-account'],
    ['anyone', [allow('*')], 'public'],
    ['anyone, as a map', [allow({ AWS: '*' })], 'public'],
    ['anyone, with an empty condition', [allow('*', { Condition: {} })], 'public'],
    ['everyone but one', [{ ...allow(undefined), NotPrincipal: { AWS: account } }], 'public'],
    ['the widest of several', [allow({ AWS: account }), allow('*'), allow({ AWS: '999999999999' })], 'public'],
    ['a statement that is a text', ['x'], 'unreadable'],
    ['a principal that is a number', [allow({ AWS: 7 })], 'unreadable'],
    ['no principal', [allow(undefined)], 'unreadable'],
  ])('%s', (_, statement, expected) => {
    expect(reach(statement)).toBe(expected);
  });

  it.each(['', 'no JSON', '[]', 'null', '{}', '{"Statement": 7}'])('%j is unreadable', (policy) => {
    expect(policyReach(policy, account)).toBe('unreadable');
  });
});
