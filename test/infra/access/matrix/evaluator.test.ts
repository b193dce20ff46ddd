/** The evaluator of the matrix decides as one does that others wrote, and throws at what it does not know. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AccessRequest, decide } from '../../../../lib/access/index.ts';
import { exampleCatalog } from '../../../_fixtures/catalog-model.ts';
import { type Matrix, matrixOf } from './cells.ts';
import { sampleOf } from './compare.ts';
import { decidedByPeer } from './decided.ts';
import { actionName, compile, type Context, isAllowed } from './evaluator.ts';
import { checksOf, isPassed } from './measure.ts';
import { synthesisePolicies } from './synthesise.ts';
import { worldOf } from './world.ts';

// The checks of templates have tests of their own, and here they would take most of the time.
beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'false'));
afterAll(() => vi.unstubAllEnvs());

const seed = Number(process.env['STRONGROOM_SEED'] ?? 20261121);

const fenced = {
  ...exampleCatalog,
  environments: exampleCatalog.environments.map((environment) => ({
    ...environment,
    fences: {
      organizationId: 'o-a1b2c3d4e5',
      vpcEndpoints: ['vpce-0aaaaaaaaaaaaaaa1'],
      vpcs: ['vpc-0aaaaaaaaaaaaaaa1'],
      byTag: 'auto' as const,
    },
  })),
};

describe('the evaluator of the matrix', () => {
  it('decides as @cloud-copilot/iam-simulate does', async () => {
    const world = worldOf(fenced, synthesisePolicies(fenced));
    const matrix = matrixOf(fenced);
    // Both kinds of answers, though most cells are denied.
    const allowed = requestsThat('allowed', matrix, 30);
    const denied = requestsThat('denied', matrix, 50);
    for (const request of [...allowed, ...denied]) {
      for (const check of checksOf(world, request)) {
        const { action } = check;
        expect(await decidedByPeer(world, request, check), `${action} ${JSON.stringify(request.principal.arn)}`).toBe(
          isPassed(world, request.principal, check),
        );
      }
    }
    expect([allowed.length, denied.length]).toEqual([30, 50]);
  });

  it.each([
    ['an element', { Effect: 'Allow', NotAction: 's3:*', Resource: '*' }, /does not know NotAction/],
    [
      'an operator',
      { Effect: 'Allow', Action: '*', Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
      /does not know the operator IpAddress/,
    ],
  ])('throws at %s that it does not know', (_what, statement, message) => {
    expect(() => compile({ Statement: [statement] })).toThrow(message);
  });

  const allow = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' };
  const target = { arn: 'arn:aws:kms:eu-west-1:111122223333:key/1', account: '111122223333' };
  const withCondition = (Condition: object, context: Context): boolean =>
    isAllowed(
      {
        arn: 'arn:aws:iam::111122223333:role/a',
        account: '111122223333',
        policies: [compile({ Statement: [{ ...allow, Condition }] })],
      },
      actionName('kms:Decrypt'),
      target,
      context,
    );

  it.each([
    [{ StringEquals: { 'kms:ViaService': 'a' } }, { 'kms:viaservice': 'a' }, true],
    [{ StringEquals: { 'kms:ViaService': 'a' } }, {}, false],
    [{ StringEqualsIfExists: { 'kms:ViaService': 'a' } }, {}, true],
    [{ StringNotEquals: { 'kms:ViaService': ['a', 'b'] } }, { 'kms:viaservice': 'b' }, false],
    [{ StringNotEquals: { 'kms:ViaService': ['a', 'b'] } }, {}, true],
    [{ Null: { 'kms:ViaService': 'false' } }, {}, false],
    [{ Null: { 'kms:ViaService': 'true' } }, {}, true],
    [
      { StringLike: { 'aws:x': '*:${aws:PrincipalTag/who}:*' } },
      { 'aws:x': ':me:you:', 'aws:principaltag/who': 'you' },
      true,
    ],
    [{ StringLike: { 'aws:x': '*:${aws:PrincipalTag/who}:*' } }, { 'aws:x': ':me:you:' }, false],
    [
      { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x' } },
      { 'aws:principalarn': 'arn:aws:iam::1:a:role/x' },
      false,
    ],
    [{ NumericLessThan: { 'aws:n': '30' } }, { 'aws:n': '7' }, true],
    [{ NumericLessThan: { 'aws:n': '30' } }, {}, false],
    [{ 'ForAnyValue:StringEquals': { 'aws:k': 'a' } }, { 'aws:k': ['b', 'a'] }, true],
    [{ 'ForAllValues:StringEquals': { 'aws:k': 'a' } }, { 'aws:k': ['b', 'a'] }, false],
    [{ StringEquals: { 'aws:k': 'a' } }, { 'aws:k': ['a'] }, false],
  ])('%j with %j: %s', (condition, layer, expected) => {
    expect(withCondition(condition, [layer])).toBe(expected);
  });
});

const requestsThat = (decision: string, matrix: Matrix, count: number): AccessRequest[] =>
  sampleOf(matrix, { seed, bound: 50 * count })
    .filter((request) => request.principal.account !== undefined && decide(request) === decision)
    .slice(0, count);
