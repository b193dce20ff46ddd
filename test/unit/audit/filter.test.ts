import { describe, expect, it } from 'vitest';
import type { AuditQueue } from '../../../lib/contract/index.ts';
import { createFilter } from '../../../lambdas/audit/fan-out/filter.ts';
import { normalise } from '../../../lambdas/audit/normalise/normalise.ts';
import { apiCall, deniedCall, eventBridge } from '../../_fixtures/cloudtrail.ts';

const event = (operation: string) => normalise(JSON.stringify(eventBridge(apiCall(operation))));

describe('the events of a destination', () => {
  it.each<[readonly string[], string, boolean]>([
    [['GetSecretValue'], 'GetSecretValue', true],
    [['GetSecretValue'], 'BatchGetSecretValue', false],
    [['GetSecretValue'], 'GetSecretValueX', false],
    [['getsecretvalue'], 'GetSecretValue', false],
    [['*'], 'Anything', true],
    [['Get*'], 'GetSecretValue', true],
    [['Get*'], 'BatchGetSecretValue', false],
    [['*Value'], 'GetSecretValue', true],
    [['*Value'], 'GetSecretValues', false],
    [['*Secret*'], 'PutSecretValue', true],
    [['*Secret*Value'], 'PutSecretValue', true],
    [['P*Secret*Value'], 'PutSecretValue', true],
    [['P*Value*Secret'], 'PutSecretValue', false],
    [['Put*Put'], 'Put', false],
    [['ab*ba'], 'aba', false],
    [['a*a*a'], 'aa', false],
    [['**'], 'Decrypt', true],
    [['Get.ecretValue'], 'GetSecretValue', false],
    [['Encrypt', 'Decrypt'], 'Decrypt', true],
    [[], 'Decrypt', false],
  ])('%j: %s: %s', (events, operation, expected) => {
    expect(createFilter({ events })(event(operation))).toBe(expected);
  });

  it('are all without a filter', () => {
    expect(createFilter({})(event('Decrypt'))).toBe(true);
  });

  it.each<[NonNullable<AuditQueue['minimumSeverity']>, readonly boolean[]]>([
    ['informational', [true, true]],
    ['medium', [false, true]],
    ['fatal', [false, false]],
  ])('from the severity %s on', (minimumSeverity, expected) => {
    const wants = createFilter({ minimumSeverity });
    const denied = { ...normalise(JSON.stringify(eventBridge(deniedCall('GetSecretValue')))), severity_id: 3 };
    expect([{ ...event('GetSecretValue'), severity_id: 1 }, denied].map((one) => wants(one))).toEqual(expected);
  });

  it('take a pattern with many stars in linear time', () => {
    const events = ['*a'.repeat(1_000) + '*b'];
    expect(
      createFilter({ events })({ ...event('Get'), api: { operation: 'a'.repeat(100_000), service: { name: 's' } } }),
    ).toBe(false);
  });
});
