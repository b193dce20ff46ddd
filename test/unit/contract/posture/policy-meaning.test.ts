import { describe, expect, it } from 'vitest';
import { policyDifference, policyMeanings, policyMeaningsIn } from '../../../../lib/contract/index.ts';

const statement = {
  Sid: 'Read',
  Effect: 'Deny',
  Principal: { AWS: ['arn:aws:iam::111122223333:root'] },
  Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  Resource: ['*'],
  Condition: { ArnNotLike: { 'aws:PrincipalArn': ['a', 'b'] }, Bool: { 'aws:SecureTransport': 'false' } },
};
const meaningOf = (one: unknown) => policyMeanings({ Statement: [one] })?.[0]?.meaning;

describe('two statements mean the same', () => {
  it.each<[string, object]>([
    ['with another name', { Sid: 'Other' }],
    ['with a text for a list of one', { Resource: '*' }],
    [
      'with actions in another order, repeated and in other letters',
      {
        Action: ['secretsmanager:describesecret', 'SECRETSMANAGER:GetSecretValue', 'secretsmanager:DescribeSecret'],
      },
    ],
    ['with the id of the account for its root', { Principal: { AWS: '111122223333' } }],
    [
      'with values of a condition in another order',
      {
        Condition: { Bool: { 'aws:securetransport': false }, ArnNotLike: { 'AWS:PrincipalARN': ['b', 'a'] } },
      },
    ],
    [
      'with ArnNotEquals for ArnNotLike',
      {
        Condition: { ...statement.Condition, ArnNotLike: {}, ArnNotEquals: { 'aws:PrincipalArn': ['a', 'b'] } },
      },
    ],
  ])('%s', (_, change) => {
    // Only the case of ArnNotEquals leaves an empty operator behind, which holds always.
    const { Condition } = { ...statement, ...change };
    const conditions = Object.fromEntries(Object.entries(Condition).filter(([, keys]) => Object.keys(keys).length > 0));
    expect(meaningOf({ ...statement, ...change, Condition: conditions })).toBe(meaningOf(statement));
  });

  it('whether any principal is a text or a list', () => {
    const anyone = meaningOf({ ...statement, Principal: '*' });
    expect(meaningOf({ ...statement, Principal: { AWS: '*' } })).toBe(anyone);
    expect(anyone).not.toBe(meaningOf(statement));
  });
});

describe('two statements mean different things', () => {
  it.each<[string, object]>([
    ['with another effect', { Effect: 'Allow' }],
    ['with another principal', { Principal: '*' }],
    ['with an action less', { Action: 'secretsmanager:GetSecretValue' }],
    ['with NotAction for Action', { Action: undefined, NotAction: statement.Action }],
    ['without a condition', { Condition: undefined }],
    [
      'with a value more',
      { Condition: { ...statement.Condition, ArnNotLike: { 'aws:PrincipalArn': ['a', 'b', 'c'] } } },
    ],
    [
      'with a key in two spellings, of which both must hold',
      {
        Condition: {
          ...statement.Condition,
          ArnNotLike: { 'aws:PrincipalArn': ['a', 'b'], 'aws:principalarn': ['a'] },
        },
      },
    ],
    [
      'with both ArnNotLike and ArnNotEquals',
      {
        Condition: { ...statement.Condition, ArnNotEquals: { 'aws:PrincipalArn': ['a'] } },
      },
    ],
    [
      'with values in other letters',
      { Condition: { ...statement.Condition, ArnNotLike: { 'aws:PrincipalArn': ['A', 'b'] } } },
    ],
  ])('%s', (_, change) => {
    const changed = JSON.parse(JSON.stringify({ ...statement, ...change })) as unknown;
    expect(meaningOf(changed)).not.toBe(meaningOf(statement));
  });
});

describe('the difference of policies', () => {
  const allowed = {
    Sid: 'Describe',
    Effect: 'Allow',
    Principal: '*',
    Action: 'secretsmanager:DescribeSecret',
    Resource: '*',
  };
  const of = (...statements: object[]) => policyMeanings({ Statement: statements }) ?? [];

  it.each<[string, object[], object[], ReturnType<typeof policyDifference>]>([
    ['none', [statement, allowed], [allowed, statement], undefined],
    ['a denial is missing', [statement, allowed], [allowed], { missing: ['Read'], additional: [], isWider: true }],
    [
      'an allowance is missing',
      [statement, allowed],
      [statement],
      { missing: ['Describe'], additional: [], isWider: false },
    ],
    ['a denial is added', [allowed], [allowed, statement], { missing: [], additional: ['Read'], isWider: false }],
    [
      'an allowance without a name is added',
      [statement],
      [statement, { ...allowed, Sid: undefined }],
      {
        missing: [],
        additional: ['a statement without a Sid'],
        isWider: true,
      },
    ],
  ])('%s', (_, declared, live, difference) => {
    expect(policyDifference(of(...declared), of(...live))).toEqual(difference);
  });
});

it.each(['', 'null', '[]', '{"Statement": ["text"]}', '{"Statement": [null]}'])('%s is no policy', (text) => {
  expect(policyMeaningsIn(text)).toBeUndefined();
});

it('a single statement needs no list', () => {
  expect(policyMeaningsIn(JSON.stringify({ Statement: statement }))).toHaveLength(1);
});
