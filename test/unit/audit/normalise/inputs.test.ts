import { describe, expect, it } from 'vitest';
import { normalise, normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import type { ApiActivity } from '../../../../lambdas/audit/normalise/ocsf.ts';
import { operations, unknownOperations } from '../../../../lambdas/audit/normalise/operations.ts';
import { rawRecord } from '../../../../lambdas/audit/normalise/raw-record.ts';
import { account, apiCall, apiRole, deniedCall, eventBridge, ordersDb, region } from '../../../_fixtures/cloudtrail.ts';
import { record, records, recordText } from '../../../_helpers/audit-record.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';

const origin = { account, region };

/** Valid by the schema, and the same whether it comes by EventBridge or from a trail's file. */
const normalised = (detail: Record<string, unknown>): ApiActivity => {
  const event = normaliseRecord(detail, origin);
  expect(ocsfProblems(event)).toEqual([]);
  expect(normalise(JSON.stringify(eventBridge(detail)))).toEqual(event);
  return event;
};
const fromFile = (name: string) => normalised(record(name));
const dataOf = (text: string | undefined) => JSON.parse(text ?? '{}') as Record<string, unknown>;

describe('a field with another type in each record', () => {
  const forms = ['list', 'object', 'text', 'number'];

  it.each(forms)('requestParameters.tags as %s: one JSON text, without tags', (form) => {
    const { request } = fromFile(`tags-as-${form}`).api;
    expect(request?.data).toBe(JSON.stringify({ secretId: ordersDb }));
    expect(rawRecord(record(`tags-as-${form}`))).not.toContain('payments"');
  });

  it.each(forms)('requestParameters.filters as %s: one JSON text, or nothing', (form) => {
    const { request } = fromFile(`filters-as-${form}`).api;
    expect(['string', 'undefined']).toContain(typeof request?.data);
    if (form === 'list') expect(request?.data).toBe('{"filters":[{"key":"tag-key","values":["!none"]}]}');
    if (form === 'object') expect(request?.data).toBe('{"filters":{"key":"tag-key","values":"!none"}}');
  });

  it.each(forms)('requestParameters.filter as %s: one JSON text with what is known', (form) => {
    expect(fromFile(`filter-as-${form}`).api.request?.data).toBe('{"maxResults":100}');
  });

  it.each(forms)('responseElements.role as %s: one JSON text with what is known', (form) => {
    expect(fromFile(`role-as-${form}`).api.response?.data).toBe(JSON.stringify({ arn: ordersDb, versionId: 'v1' }));
  });
});

it('requestParameters null: the secret of a refused call is known from its message', () => {
  const event = fromFile('request-parameters-null');
  expect(event.api.request).not.toHaveProperty('data');
  expect(event).toMatchObject({ resources: [{ uid: ordersDb }], status_code: 'AccessDenied', severity: 'Medium' });
  expect(event.status_detail).toContain(ordersDb);
});

it.each([
  ['of a call that names no secret', { errorMessage: 'User: arn:x is not authorized to perform: a:b on resource: *' }],
  ['of another form', { errorMessage: `Access to ${ordersDb} on resource: ${ordersDb} is refused` }],
  ['of another error', { errorCode: 'ValidationException' }],
  ['of another service', { eventSource: 'kms.amazonaws.com' }],
])('requestParameters null: no secret is taken from the message %s', (_what, more) => {
  const { resources } = normalised(deniedCall('GetSecretValue', more));
  expect(resources).toEqual([]);
});

describe('userIdentity without sessionContext', () => {
  it.each<[string, ApiActivity['actor'], string]>([
    ['aws-service', { invoked_by: 'rds.amazonaws.com' }, 'rds.amazonaws.com'],
    [
      'aws-account',
      {
        user: {
          uid_alt: 'AROAELSEWHEREEXAMPLE:session',
          type: 'AWSAccount',
          type_id: 99,
          account: { uid: '999988887777', type: 'AWS Account', type_id: 10 },
        },
      },
      '999988887777',
    ],
    [
      'saml-user',
      {
        user: {
          name: 'jane@example.com',
          uid_alt: 'SAMLPRINCIPALEXAMPLE:jane',
          type: 'SAMLUser',
          type_id: 1,
        },
        idp: { name: `arn:aws:iam::${account}:saml-provider/corporate` },
      },
      'jane@example.com',
    ],
    [
      'web-identity-user',
      {
        user: {
          name: '1234',
          uid_alt: 'accounts.example.com:app.example.com:1234',
          type: 'WebIdentityUser',
          type_id: 1,
        },
        idp: { name: 'accounts.example.com' },
      },
      '1234',
    ],
    [
      'identity-center-user',
      {
        user: {
          uid_alt: '544894e8-80c1-707f-60e3-3ba6510dfac1',
          type: 'IdentityCenterUser',
          type_id: 1,
          credential_uid: 'VALUEEXAMPLE',
          account: { uid: account, type: 'AWS Account', type_id: 10 },
        },
      },
      account,
    ],
    ['unknown', { user: { name: 'unknown', type: 'Unknown', type_id: 0 } }, 'unknown'],
    [
      'root',
      {
        user: {
          uid: `arn:aws:iam::${account}:root`,
          uid_alt: account,
          type: 'Root',
          type_id: 2,
          account: { uid: account, type: 'AWS Account', type_id: 10 },
        },
      },
      `arn:aws:iam::${account}:root`,
    ],
    [
      'federated-user',
      {
        user: {
          uid: `arn:aws:sts::${account}:federated-user/jane`,
          uid_alt: `${account}:jane`,
          type: 'FederatedUser',
          type_id: 1,
          credential_uid: 'ASIAIOSFODNN7EXAMPLE',
          account: { uid: account, type: 'AWS Account', type_id: 10 },
        },
      },
      `arn:aws:sts::${account}:federated-user/jane`,
    ],
    ['directory', { user: { name: 'jane', type: 'Directory', type_id: 99 } }, 'jane'],
    [
      'iam-user',
      {
        user: {
          uid: `arn:aws:iam::${account}:user/jane`,
          name: 'jane',
          uid_alt: 'AIDAEXAMPLEEXAMPLE123',
          type: 'IAMUser',
          type_id: 1,
          credential_uid: 'AKIAIOSFODNN7EXAMPLE',
          account: { uid: account, type: 'AWS Account', type_id: 10 },
        },
      },
      `arn:aws:iam::${account}:user/jane`,
    ],
    [
      'assumed-role',
      {
        user: {
          uid: `arn:aws:sts::${account}:assumed-role/dev-payments-api/task-4711`,
          name: 'dev-payments-api',
          uid_alt: 'AROAEXAMPLEEXAMPLE123:task-4711',
          type: 'AssumedRole',
          type_id: 3,
          credential_uid: 'ASIAIOSFODNN7EXAMPLE',
          account: { uid: account, type: 'AWS Account', type_id: 10 },
        },
        session: { uid: 'task-4711' },
      },
      `arn:aws:sts::${account}:assumed-role/dev-payments-api/task-4711 (session task-4711)`,
    ],
    ['later-type', { user: { name: 'QX1', uid_alt: 'QX1', type: 'QuantumUser', type_id: 99 } }, 'QX1'],
    // It must not pass for a call of AWS itself.
    ['absent', { user: { name: 'unknown', type: 'Unknown', type_id: 0 } }, 'unknown'],
  ])('%s', (name, actor, shown) => {
    const event = fromFile(`identity-${name}`);
    expect(event.actor).toEqual(actor);
    expect(event.message).toBe(`GetSecretValue of dev/payments/orders-db by ${shown}: Success`);
  });

  it('names the person behind a propagated identity', () => {
    const { userIdentity } = record('identity-identity-center-user') as { userIdentity: { onBehalfOf: object } };
    const role = record('identity-assumed-role')['userIdentity'] as object;
    const event = normalised(
      apiCall('GetSecretValue', { userIdentity: { ...role, onBehalfOf: userIdentity.onBehalfOf } }),
    );
    expect(event.unmapped).toEqual({ onBehalfOf: '544894e8-80c1-707f-60e3-3ba6510dfac1' });
  });
});

describe('what AWS may add', () => {
  it('an unknown event name is Other, and counted', () => {
    const event = fromFile('unknown-event-name');
    expect(event).toMatchObject({
      activity_id: 99,
      activity_name: 'ShareSecretByCourier',
      resources: [{ uid: ordersDb }],
    });
    expect(unknownOperations([event])).toEqual({ 'secretsmanager.amazonaws.com ShareSecretByCourier': 1 });
  });

  it('an unknown eventVersion, with parts that are not known, is read as before', () => {
    const event = fromFile('unknown-event-version');
    expect(event.metadata.product.version).toBe('7.42-beta');
    expect(event.resources).toMatchObject([{ uid: ordersDb }]);
  });
});

describe('text that changes how a log looks', () => {
  const textsOf = (value: unknown): string[] => {
    if (typeof value === 'string') return [value];
    return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
  };

  it('leaves with its control characters visible, and without lone surrogates', () => {
    const event = fromFile('control-characters');
    const texts = [...textsOf(event), rawRecord(record('control-characters'))];
    for (const text of texts) {
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(text).not.toMatch(/\p{Cs}/u);
    }
    expect(event.http_request?.user_agent).toBe(
      String.raw`agent\u000d\u000a2026-11-21 FAKE LINE\u001b[31mred\u001b[0m\u0000end`,
    );
    expect(event.src_endpoint).toEqual({ svc_name: String.raw`service\u0007name` });
    expect(event.resources).toMatchObject([{ name: String.raw`dev/payments/\u202eorders\u0000` }]);
    expect(dataOf(event.api.request?.data)).toMatchObject({ clientRequestToken: 'half \uFFFD end \uFFFD' });
    expect(event.status_detail).toBe(
      String.raw`denied\u202e gnp.exe\u2066\u2069 \u2028next \u009b31m \ufeffzero\u200bwidth`,
    );
  });

  it('a user agent of 1 MB is cut at 512 characters', () => {
    const event = normalised(apiCall('GetSecretValue', { userAgent: 'A'.repeat(1_048_576) }));
    expect(event.http_request?.user_agent).toBe(`${'A'.repeat(511)}…`);
  });

  it('a cut never leaves half of a surrogate pair', () => {
    for (const length of [510, 511, 512]) {
      const event = normalised(apiCall('GetSecretValue', { userAgent: `${'a'.repeat(length)}😀😀` }));
      expect(event.http_request?.user_agent).not.toMatch(/\p{Cs}/u);
    }
  });
});

describe('JSON that is odd', () => {
  it('deep nesting is read past', () => {
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const text = JSON.stringify(eventBridge(apiCall('GetSecretValue'))).replace(
      '"requestParameters":{',
      `"requestParameters":{"policy":${deep},"versionStage":${'['.repeat(50_000)}${']'.repeat(50_000)},`,
    );
    const event = normalise(text);
    expect(ocsfProblems(event)).toEqual([]);
    expect(event.resources).toMatchObject([{ uid: ordersDb }]);
    expect(rawRecord((JSON.parse(text) as { detail: unknown }).detail)).toContain(ordersDb);
  });

  it('keys such as __proto__ change nothing and plant nothing', () => {
    const event = fromFile('proto-keys');
    expect(event).toMatchObject({ status: 'Success', resources: [{ name: 'dev/payments/orders-db' }] });
    expect(JSON.stringify(event)).not.toMatch(/planted|polluted/);
    expect(rawRecord(record('proto-keys'))).not.toMatch(/planted|polluted/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('numbers that JavaScript can not hold stay visible', () => {
    const event = normaliseRecord(record('huge-numbers'), origin);
    expect(ocsfProblems(event)).toEqual([]);
    expect(dataOf(event.api.request?.data)).toEqual({
      maxResults: 'Infinity',
      limit: 123456789012345680000000000000,
      pendingWindowInDays: 0,
    });
  });

  it('of duplicate keys the last one counts, as for every reader of the trail', () => {
    const event = normaliseRecord(JSON.parse(recordText('duplicate-keys')), origin);
    expect(event).toMatchObject({
      api: { operation: 'UpdateSecret' },
      resources: [{ name: 'dev/payments/stripe-key' }],
    });
    expect(JSON.stringify(event)).not.toContain('canary');
  });
});

describe('several records', () => {
  it('two events of one principal in the same second stay two', () => {
    const [first, second] = records('same-second').map(normalised);
    expect(first?.time).toBe(second?.time);
    expect(first?.metadata.uid).not.toBe(second?.metadata.uid);
  });

  it('of a batch read: the whole one with all its secrets, and one GetSecretValue each', () => {
    const events = records('batch-read').map(normalised);
    const stripe = { name: 'dev/payments/stripe-key', type: 'AWS::SecretsManager::Secret' };
    const orders = { uid: ordersDb, name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' };
    expect(events.map(({ api, resources }) => [api.operation, resources])).toEqual([
      ['BatchGetSecretValue', [orders, stripe]],
      ['GetSecretValue', [orders]],
      ['GetSecretValue', [stripe]],
    ]);
    for (const event of events) expect(event.actor.session?.issuer).toBe(apiRole);
    expect(new Set(events.map(({ metadata }) => metadata.uid)).size).toBe(3);
  });

  it('that name more than 50 secrets say how many more', () => {
    const secretIdList = Array.from({ length: 70 }, (_, index) => `dev/payments/secret-${index}`);
    const event = normalised(apiCall('BatchGetSecretValue', { requestParameters: { secretIdList } }));
    expect(event.resources).toHaveLength(50);
    expect(event.unmapped).toEqual({ moreSecrets: '20' });
    expect(event.message).toContain('dev/payments/secret-9 and 60 more by');
    expect(dataOf(event.api.request?.data)['secretIdList']).toContain('(left out: 20 more)');
  });
});

describe("the entries of AWS's page on CloudTrail for Secrets Manager", () => {
  const entries = records('secrets-manager-log-entries');

  it('are all here', () => {
    const names = [...(operations.get('secretsmanager.amazonaws.com')?.keys() ?? [])];
    expect(entries.map(({ eventName }) => eventName).sort()).toEqual(
      names.filter((name) => name !== 'Secret Label Updated').sort(),
    );
  });

  it.each(entries.map((entry) => [entry['eventName'] as string, entry] as const))('%s', (name, entry) => {
    const event = normalised(entry);
    expect(unknownOperations([event])).toBeUndefined();
    if (name !== 'GetRandomPassword' && name !== 'ListSecrets') {
      expect(event.resources).toMatchObject([{ name: 'dev/payments/orders-db' }]);
    }
  });
});

describe('where a record comes from', () => {
  it('counts if the record does not say', () => {
    const {
      recipientAccountId: _account,
      awsRegion: _region,
      ...bare
    } = apiCall('GetSecretValue', {
      userIdentity: { type: 'Directory', userName: 'jane' },
    });
    expect(normaliseRecord(bare, { account: '444455556666', region: 'eu-north-1' }).cloud).toEqual({
      provider: 'AWS',
      region: 'eu-north-1',
      account: { uid: '444455556666', type: 'AWS Account', type_id: 10 },
    });
    expect(() => normaliseRecord(bare, {})).toThrow('detail.recipientAccountId must be a text that is not empty');
  });

  it.each([
    ['é', 'detail.eventID must have at most 128 characters, without spaces or control characters'],
    ['x'.repeat(129), 'detail.eventID must have at most 128 characters, without spaces or control characters'],
    ['a b', 'detail.eventID must have at most 128 characters, without spaces or control characters'],
  ])('an id that could be cut or changed on the way is refused: %#', (eventID, message) => {
    expect(() => normaliseRecord(apiCall('GetSecretValue', { eventID }), origin)).toThrow(message);
  });
});
