/** Signals are grouped by the role that issued the session, never by what the caller chooses of itself. */
import { describe, expect, it } from 'vitest';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import { apiCall, deniedCall, eventBridge, type JsonRecord } from '../../../_fixtures/cloudtrail.ts';
import { account, detectEvents, iam, many, secretArn } from './scene.ts';

const role = iam('ci/runner');

/** Each with another session, access key, user agent and address. */
const identity = (index: number, issuer = role): JsonRecord => ({
  userIdentity: {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLEEXAMPLE123:session-${index}`,
    arn: `arn:aws:sts::${account}:assumed-role/runner/session-${index}`,
    accountId: account,
    accessKeyId: `ASIAIOSFODNN7EXAM${String(index).padStart(3, '0')}`,
    sessionContext: {
      sessionIssuer: { type: 'Role', principalId: 'AROAEXAMPLEEXAMPLE123', arn: issuer, accountId: account },
      attributes: { creationDate: '2026-11-21T09:00:00Z', mfaAuthenticated: 'false' },
    },
  },
  userAgent: `agent/${index}`,
  sourceIPAddress: `203.0.113.${index}`,
});

const detections = async (records: readonly JsonRecord[]) =>
  (await detectEvents(records.map((record) => normalise(JSON.stringify(eventBridge(record)))))).flat();

const read = (index: number, secret: string, issuer = role): JsonRecord =>
  apiCall('GetSecretValue', { ...identity(index, issuer), requestParameters: { secretId: secretArn(secret) } });

describe('one role with a new session, access key, user agent and address for each call', () => {
  it('is one group for each rule that reads single events', async () => {
    const found = await detections(many.slice(0, 5).map((secret, index) => read(index, secret)));
    const undeclared = found.filter(({ rule }) => rule === 'undeclared-read');
    expect(undeclared).toHaveLength(5);
    expect(new Set(undeclared.map(({ uid }) => uid)).size).toBe(1);
    expect(new Set(undeclared.map(({ principal }) => principal))).toEqual(new Set([role]));
  });

  it.each([
    ['many-secrets', many.slice(0, 20).map((secret, index) => read(index, secret))],
    [
      'denied-burst',
      Array.from({ length: 10 }, (_, index) =>
        deniedCall('ListSecrets', { ...identity(index), errorMessage: 'refused' }),
      ),
    ],
    [
      'enumeration',
      [
        apiCall('ListSecrets', { ...identity(1), requestParameters: {} }),
        ...many
          .slice(0, 3)
          .map((secret, index) =>
            apiCall('DescribeSecret', { ...identity(index), requestParameters: { secretId: secretArn(secret) } }),
          ),
        read(9, many[9] ?? ''),
      ],
    ],
  ])('is counted as one by %s', async (rule, records) => {
    expect((await detections(records)).map((one) => one.rule)).toContain(rule);
  });

  it('is not two roles, and two roles of one name below different paths are not one', async () => {
    const found = await detections([read(1, many[0] ?? ''), read(1, many[0] ?? '', iam('other/runner'))]);
    const uids = found.filter(({ rule }) => rule === 'undeclared-read').map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(2);
  });
});
