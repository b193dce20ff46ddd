import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OcsfEvent } from '../../../../lambdas/audit/normalise/ocsf.ts';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import { cimFields } from '../../../../lambdas/audit/views/cim.ts';
import { ecsFields, ecsVersion } from '../../../../lambdas/audit/views/ecs.ts';
import type { FieldTable } from '../../../../lambdas/audit/views/field-table.ts';
import { toCim, toEcs, toOcsf, views } from '../../../../lambdas/audit/views/index.ts';
import {
  account,
  apiCall,
  deniedCall,
  eventBridge,
  kmsDecrypt,
  labelUpdated,
  ordersDb,
  serviceEvent,
  type JsonRecord,
} from '../../../_fixtures/cloudtrail.ts';
import { fullEvent } from '../../../_fixtures/full-ocsf-event.ts';

const full: OcsfEvent = fullEvent;
const normalised = (detail: JsonRecord) => normalise(JSON.stringify(eventBridge(detail)));

type Path = readonly (string | number)[];

const leavesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, field]) =>
        leavesOf(field, [...path, Array.isArray(value) ? Number(name) : name]),
      )
    : [path];

/** The event with another value of the same type in one place. */
const changedAt = <T>(event: T, path: Path): T => {
  const copy = structuredClone(event) as unknown;
  const parent = path.slice(0, -1).reduce<unknown>((at, name) => (at as JsonRecord)[name], copy) as JsonRecord;
  const name = path.at(-1) as string;
  const value = parent[name];
  if (name === 'class_uid') parent[name] = 3002;
  else if (typeof value === 'number') parent[name] = value === 1 ? 4 : 1;
  else if (typeof value === 'boolean') parent[name] = !value;
  else parent[name] = name === 'status' ? 'Success' : `${String(value)}-changed`;
  return copy as T;
};

/** The entry of the table for a field: its own, or that of the object or list that it is in. */
const entryFor = (table: FieldTable, path: Path) => {
  for (let length = path.length; length > 0; length -= 1) {
    const entry = table[path.slice(0, length).join('.')];
    if (entry !== undefined) return entry;
  }
  return undefined;
};

const tables = [
  ['ecs', ecsFields, toEcs],
  ['cim', cimFields, toCim],
] as const;

describe.each(tables)('the view %s', (_name, table, view) => {
  const leaves = leavesOf(fullEvent);

  it.each(leaves.map((path) => [path.join('.'), path] as const))('has %s, or the reason why not', (name, path) => {
    const entry = entryFor(table, path);
    expect(entry, name).toBeDefined();
    const before = view(full);
    const after = view(changedAt(full, path));
    if (typeof entry === 'object' && 'leftOut' in entry) {
      expect(after).toEqual(before);
      expect(entry.leftOut).toMatch(/\w+ \w+/);
    } else expect(after).not.toEqual(before);
  });

  it('has no entry for a field that no event has', () => {
    const names = new Set(leaves.flatMap((path) => path.map((_, index) => path.slice(0, index + 1).join('.'))));
    expect(Object.keys(table).filter((name) => !names.has(name) && name !== 'raw_data')).toEqual([]);
  });

  it('keeps what its table does not know in one text', () => {
    const later = { ...full, finding_info: { title: 'Read by an unknown principal', types: ['a'] }, count: 3 };
    const document = view(later);
    const kept = (document['strongroom'] as JsonRecord | undefined)?.['ocsf'] ?? document['ocsf'];
    expect(JSON.parse(kept as string)).toEqual({ finding_info: later.finding_info, count: 3 });
  });

  it('keeps a nested field that its table does not know, by its path', () => {
    const later = { ...full, actor: { ...full.actor, process: { pid: 1 } }, unmapped: { label: 'AWSCURRENT' } };
    const document = view(later);
    const kept = (document['strongroom'] as JsonRecord | undefined)?.['ocsf'] ?? document['ocsf'];
    expect(JSON.parse(kept as string)).toEqual({ 'actor.process': { pid: 1 }, 'unmapped.label': 'AWSCURRENT' });
  });

  it('has the raw record', () => {
    const text = JSON.stringify(view({ ...full, raw_data: '{"eventName":"x"}' } as OcsfEvent));
    expect(text).toContain(JSON.stringify('{"eventName":"x"}'));
  });

  it('does not change the event', () => {
    const before = structuredClone(fullEvent);
    view(full);
    expect(fullEvent).toEqual(before);
  });

  it('writes every field with one type, whatever the request holds', () => {
    const types = new Map<string, string>();
    const differing: string[] = [];
    const samples = [
      normalised(apiCall('GetSecretValue')),
      normalised(apiCall('ListSecrets', { requestParameters: { maxResults: 5, filters: [{ key: 'name' }] } })),
      normalised(deniedCall('DeleteSecret')),
      normalised(serviceEvent('RotationFailed')),
      normalised(kmsDecrypt()),
      normalise(JSON.stringify(labelUpdated())),
      full,
    ];
    for (const sample of samples) {
      for (const path of leavesOf(view(sample))) {
        const name = path.filter((part) => typeof part === 'string').join('.');
        const value = path.reduce<unknown>((at, part) => (at as JsonRecord)[part], view(sample));
        if ((types.get(name) ?? typeof value) !== typeof value) differing.push(name);
        types.set(name, typeof value);
      }
    }
    expect(differing).toEqual([]);
  });
});

describe('ECS', () => {
  const fixture = readFileSync(new URL('../../../_fixtures/ecs-9.4.0-fields.txt', import.meta.url), 'utf8');
  const fields = new Map(
    fixture
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' ') as [string, string]),
  );

  it('writes only fields of its version, those of Elastic for CloudTrail, and those of our own', () => {
    const names = leavesOf(toEcs(full)).map((path) => path.filter((part) => typeof part === 'string').join('.'));
    const own = names.filter((name) => !fields.has(name));
    expect(own.filter((name) => !/^(aws\.cloudtrail|strongroom)\./.test(name))).toEqual([]);
    expect(names).toContain('ecs.version');
    expect(toEcs(full)['ecs']).toEqual({ version: ecsVersion });
  });

  it.each([
    ['a read', apiCall('GetSecretValue'), { type: ['access'], outcome: 'success' }],
    ['a refused read', deniedCall('GetSecretValue'), { type: ['access', 'denied'], outcome: 'failure' }],
    ['a new secret', apiCall('CreateSecret'), { type: ['creation'], outcome: 'success' }],
    ['a new value', apiCall('PutSecretValue'), { type: ['change'], outcome: 'success' }],
    ['a deletion', apiCall('DeleteSecret'), { type: ['deletion'], outcome: 'success' }],
    ['a failed rotation', serviceEvent('RotationFailed'), { type: ['change'], outcome: 'failure' }],
  ])('categorises %s', (_what, detail, expected) => {
    const { event } = toEcs(normalised(detail));
    expect(event).toMatchObject({ kind: 'event', category: ['api'], dataset: 'aws.cloudtrail', ...expected });
  });

  it('has what the rules of Elastic for CloudTrail ask for', () => {
    expect(toEcs(normalised(apiCall('GetSecretValue')))).toMatchObject({
      '@timestamp': '2026-11-21T10:15:30.000Z',
      event: { action: 'GetSecretValue', provider: 'secretsmanager.amazonaws.com' },
      user: { id: 'AROAEXAMPLEEXAMPLE123:task-4711', name: 'dev-payments-api' },
      cloud: { provider: 'aws', region: 'eu-west-1', account: { id: account } },
      source: { ip: '192.0.2.10', address: '192.0.2.10' },
      aws: {
        cloudtrail: {
          request_parameters: JSON.stringify({ secretId: ordersDb }),
          user_identity: { type: 'AssumedRole', access_key_id: 'ASIAIOSFODNN7EXAMPLE' },
          resources: [{ arn: ordersDb, name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' }],
        },
      },
      related: { ip: ['192.0.2.10'] },
    });
  });

  it('writes no IP address for the name of a service', () => {
    expect(toEcs(normalised(kmsDecrypt()))['source']).toEqual({ address: 'secretsmanager.amazonaws.com' });
  });

  it('names the principal by its ARN if there is no principal id', () => {
    const identity = { type: 'Root', arn: `arn:aws:iam::${account}:root`, accountId: account };
    const { user } = toEcs(normalised(apiCall('GetSecretValue', { userIdentity: identity })));
    expect(user).toMatchObject({ id: `arn:aws:iam::${account}:root` });
  });
});

describe('CIM', () => {
  const common = ['action', 'app', 'dest', 'src', 'status', 'user', 'user_id', 'vendor_account', 'vendor_product'];

  it.each([
    ['a read', apiCall('GetSecretValue'), 'Data_Access', 'read', [...common, 'object', 'object_category', 'object_id']],
    [
      'a new value',
      apiCall('PutSecretValue'),
      'Change',
      'modified',
      [...common, 'object', 'object_category', 'object_id', 'object_attrs', 'change_type', 'command', 'vendor_region'],
    ],
    ['a deletion', apiCall('DeleteSecret'), 'Change', 'deleted', [...common, 'object']],
    ['a new secret', apiCall('CreateSecret'), 'Change', 'created', common],
    ['a refusal', deniedCall('DeleteSecret'), 'Change', 'deleted', [...common, 'result', 'result_id']],
  ])('has the fields of the model of %s', (_what, detail, model, action, fields) => {
    const document = toCim(normalised(detail));
    expect(document).toMatchObject({ cim_model: model, action });
    expect(fields.filter((name) => document[name] === undefined)).toEqual([]);
  });

  it('names every secret of a batch read in one text', () => {
    const secretIdList = [ordersDb, 'dev/payments/stripe-key'];
    const document = toCim(normalised(apiCall('BatchGetSecretValue', { requestParameters: { secretIdList } })));
    expect(document).toMatchObject({ object: 'dev/payments/orders-db, dev/payments/stripe-key', object_id: ordersDb });
  });

  it('takes the secret, not its key, for the object of a decryption', () => {
    expect(toCim(normalised(kmsDecrypt()))).toMatchObject({
      object: 'dev/payments/orders-db',
      object_category: 'AWS::SecretsManager::Secret',
    });
  });

  it('takes the outcome for the action of an authentication', () => {
    const login = { ...full, class_uid: 3002, activity_id: 1, status: 'Success' } as unknown as OcsfEvent;
    expect(toCim(login)).toMatchObject({ cim_model: 'Authentication', action: 'success' });
    expect(toEcs(login)['event']).toMatchObject({ category: ['authentication'], type: ['start'] });
  });

  it('takes a finding for an alert', () => {
    const finding = { ...full, class_uid: 2004, activity_id: 1 } as unknown as OcsfEvent;
    expect(toCim(finding)).toMatchObject({ cim_model: 'Alerts' });
    expect(toEcs(finding)['event']).toMatchObject({ kind: 'alert', category: ['intrusion_detection'] });
  });

  it('is flat', () => {
    expect(Object.values(toCim(full)).filter((value) => typeof value === 'object')).toEqual([]);
  });
});

describe('OCSF', () => {
  it('is the event as it is', () => {
    expect(toOcsf(full)).toEqual(full);
    expect(Object.keys(views)).toEqual(['ocsf', 'ecs', 'cim']);
  });
});
