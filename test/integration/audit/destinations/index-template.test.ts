import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OutgoingEvent } from '../../../../lambdas/audit/destinations/destination.ts';
import { createElastic } from '../../../../lambdas/audit/destinations/elastic/index.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { authentication } from '../../../../lambdas/audit/normalise/authentication.ts';
import { complianceFinding } from '../../../../lambdas/audit/normalise/compliance-finding.ts';
import { detectionFinding } from '../../../../lambdas/audit/normalise/detection-finding.ts';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import type { OcsfEvent } from '../../../../lambdas/audit/normalise/ocsf.ts';
import { views } from '../../../../lambdas/audit/views/index.ts';
import { startOpensearch, type LocalOpensearch } from '../../../../local/siem/opensearch/start-opensearch.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import {
  account,
  apiCall,
  apiRole,
  deniedCall,
  eventBridge,
  kmsDecrypt,
  labelUpdated,
  ordersDb,
  region,
  serviceEvent,
  type JsonRecord,
} from '../../../_fixtures/cloudtrail.ts';
import { fullEvent } from '../../../_fixtures/full-ocsf-event.ts';

let certificates: LocalCertificates;
let opensearch: LocalOpensearch;

beforeAll(async () => {
  certificates = await createLocalCertificates();
  opensearch = await startOpensearch({ certificates });
});

afterAll(async () => {
  await opensearch.stop();
});

const destination = (index: string, view: 'ecs' | 'ocsf') => {
  const { url, username, password } = opensearch;
  const secret = () => Promise.resolve({ username, password });
  return createElastic(
    { type: 'opensearch', name: 'siem', url, index, login: 'password', view, raw: true },
    {
      environment: 'dev',
      secret: { read: secret, reread: secret },
      request: createHttpsRequest({ authorities: [certificates.ca] }),
      authorities: [certificates.ca],
      now: Date.now,
    },
  );
};

const outgoing = (event: OcsfEvent, view: 'ecs' | 'ocsf', id = event.metadata.uid): OutgoingEvent => {
  const document = views[view](event);
  return { id, time: event.time, severity: event.severity_id, document, json: JSON.stringify(document) };
};

const send = (index: string, view: 'ecs' | 'ocsf', ...events: readonly OutgoingEvent[]) =>
  destination(index, view).send(events, new AbortController().signal);

const normalised = (record: JsonRecord): OcsfEvent => normalise(JSON.stringify(eventBridge(record)));

/** The same free-form field in each type that CloudTrail has for it. */
const freeForm = [{ key: 'a', value: 'b' }, 'a=b', ['a', 'b'], [{ key: 'a', value: 'b' }], 7, true, null].map((tags) =>
  normalised(apiCall('TagResource', { requestParameters: { secretId: ordersDb, tags, filters: tags } })),
);

const identities = [
  { type: 'Root', accountId: account },
  { type: 'IAMUser', userName: 'ann', arn: `arn:aws:iam::${account}:user/ann` },
  { type: 'AWSService', invokedBy: 'rds.amazonaws.com' },
  { type: 'SAMLUser', userName: 'ann', principalId: 'p' },
  { type: 'WebIdentityUser', userName: 'ann', identityProvider: 'accounts.example.com' },
  { type: 'IdentityCenterUser', onBehalfOf: { userId: 'u', identityStoreArn: 'arn:aws:identitystore::1:store/d' } },
  { type: 'Unknown' },
].map((userIdentity) => normalised(apiCall('GetSecretValue', { userIdentity })));

const finding = {
  findingId: 'finding-1',
  activity: 'Create',
  status: 'New',
  severity: 'High',
  title: 'Read by an undeclared principal',
  description: 'dev-payments-api read dev/payments/orders-db',
  time: Date.UTC(2026, 10, 21),
  created: Date.UTC(2026, 10, 21),
  firstSeen: Date.UTC(2026, 10, 20),
  lastSeen: Date.UTC(2026, 10, 21),
  rule: { id: 'undeclared-reader', name: 'Undeclared reader', version: '1' },
  account,
  region,
  resources: [{ uid: ordersDb, name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' }],
  remedy: 'Find out who it was.',
  runbook: 'https://example.com/runbook',
  owner: 'payments',
} as const;

const read = normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue'))));

const events: readonly OcsfEvent[] = [
  fullEvent,
  {
    ...fullEvent,
    metadata: { ...fullEvent.metadata, uid: 'raw' },
    raw_data: JSON.stringify('x'.repeat(100_000)),
  } as OcsfEvent,
  read,
  normalised(deniedCall('GetSecretValue')),
  normalised(kmsDecrypt()),
  normalised(serviceEvent('RotationSucceeded')),
  normalised(serviceEvent('RotationFailed')),
  normalise(JSON.stringify(labelUpdated())),
  normalised(
    apiCall('GetSecretValue', { sourceIPAddress: 'AWS Internal', userAgent: 'a\nb\u001B[0m\u0000'.repeat(9_000) }),
  ),
  ...freeForm,
  ...identities,
  detectionFinding({ ...finding, eventId: 'detection-1', confidence: 'High', events: [read] }),
  complianceFinding({
    ...finding,
    eventId: 'compliance-1',
    compliance: {
      status: 'Fail',
      control: '8.6.3',
      standards: ['PCI DSS 4.0.1'],
      requirements: ['8.6.3'],
      description: 'd',
    },
  }),
  authentication({
    eventId: 'login-1',
    activity: 'Logon',
    status: 'Failure',
    statusCode: 'AccessDenied',
    statusDetail: 'not allowed',
    time: Date.UTC(2026, 10, 21),
    account,
    region,
    user: { uid: apiRole, name: 'api', type: 'AssumedRole', type_id: 3 },
    session: { uid: 's', issuer: apiRole },
    service: 'api',
    protocol: 'SigV4',
    isMfa: false,
    source: '192.0.2.10',
    userAgent: 'agent',
  }),
];

const stream = (view: string) => `logs-strongroom.audit-${view}`;

describe.each(['ecs', 'ocsf'] as const)('the index template of the view %s', (view) => {
  let template: JsonRecord;

  beforeAll(async () => {
    const file = join(import.meta.dirname, '../../../../docs/siem', `index-template-${view}.json`);
    template = JSON.parse(await readFile(file, 'utf8')) as JsonRecord;
    const index = { ...template, index_patterns: [stream(view)] };
    expect(await opensearch.call('PUT', `/_index_template/${view}`, index)).toMatchObject({ status: 200 });
    expect(await opensearch.call('PUT', `/_data_stream/${stream(view)}`)).toMatchObject({ status: 200 });
  });

  it('is for the data streams that the guide names', () => {
    expect(template['index_patterns']).toEqual(['logs-strongroom.audit-*']);
  });

  it('takes every event, and a repeated one is no second document', async () => {
    const sent = events.map((event) => outgoing(event, view));
    const delivered = sent.map(() => ({ status: 'delivered' }));
    expect(await send(stream(view), view, ...sent)).toEqual(delivered);
    expect(await send(stream(view), view, ...sent)).toEqual(delivered);
    const documents = await opensearch.documents(stream(view));
    expect(documents.map(({ id }) => id).sort()).toEqual(sent.map(({ id }) => id).sort());
  });

  it('has a type for every field of the events', () => {
    const { properties } = (template as { template: { mappings: { properties: JsonRecord } } }).template.mappings;
    const known = new Set([...Object.keys(properties), ...(view === 'ocsf' ? objectsNotIndexed : [])]);
    const unknown = events.flatMap((event) => fieldsOf(views[view](event))).filter((field) => !known.has(field));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it('ignores no value of an event as malformed', async () => {
    const { body } = await opensearch.call('POST', `/${stream(view)}/_search`, {
      query: { exists: { field: '_ignored' } },
      _source: false,
      size: 100,
    });
    const { hits } = body['hits'] as { hits: readonly { _id: string; _ignored?: readonly string[] }[] };
    expect(hits.map(({ _ignored: fields }) => fields)).toEqual([]);
  });

  it('takes fields of a later schema, in whatever type', async () => {
    const later = [{ a: 1 }, 'text', [1], 7].map((value, index) => {
      const document = { ...views[view](read), later: value };
      return { ...outgoing(read, view, `later-${view}-${index}`), document, json: JSON.stringify(document) };
    });
    expect(await send(stream(view), view, ...later)).toEqual(later.map(() => ({ status: 'delivered' })));
  });

  it('finds events by who did what from where', async () => {
    const fields = view === 'ecs' ? ecsQuery : ocsfQuery;
    const { body } = await opensearch.call('POST', `/${stream(view)}/_search`, {
      query: { bool: { filter: Object.entries(fields).map(([field, value]) => ({ term: { [field]: value } })) } },
      size: 100,
    });
    const { hits } = body['hits'] as { hits: readonly { _id: string }[] };
    expect(hits.map(({ _id: id }) => id)).toContain(read.metadata.uid);
    expect(hits.map(({ _id: id }) => id)).not.toContain('login-1');
  });
});

const ecsQuery = {
  'event.action': 'GetSecretValue',
  'source.ip': '192.0.2.0/24',
  'aws.cloudtrail.user_identity.session_context.session_issuer.arn': apiRole,
};
const ocsfQuery = {
  'api.operation': 'GetSecretValue',
  'src_endpoint.ip': '192.0.2.0/24',
  'actor.session.issuer': apiRole,
};

/** The whole actor, request and address of each piece of evidence; the fields to search by have a type. */
const objectsNotIndexed: readonly string[] = events
  .flatMap((event) => fieldsOf(views.ocsf(event)))
  .filter((field) => field.startsWith('evidences.'));

function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => fieldsOf(entry, path));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, field]) => fieldsOf(field, path === '' ? name : `${path}.${name}`));
}

describe('an index without the template', () => {
  it('refuses a record whose field has another type than in the record before', async () => {
    await opensearch.call('PUT', '/records');
    const records = [{ owner: { team: 'a' } }, 'team=a'].map((tags, index) => {
      const document = apiCall('TagResource', { requestParameters: { secretId: ordersDb, tags } });
      return { ...outgoing(read, 'ocsf', `record-${index}`), document, json: JSON.stringify(document) };
    });
    expect(await send('records', 'ocsf', ...records)).toEqual([
      { status: 'delivered' },
      {
        status: 'refused',
        reason:
          'OpenSearch answered 400 for the event "mapper_parsing_exception: object mapping for [requestParameters.tags] tried to parse field [tags] as object, but found a concrete value"',
      },
    ]);
  });

  it('that does not exist is not made by an event', async () => {
    await expect(send('logs-strongroom.audit-none', 'ecs', outgoing(read, 'ecs'))).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(
        /^OpenSearch answered 404 for the event "index_not_found_exception: no such index .*": check the index logs-strongroom\.audit-none, and what the login may do$/,
      ) as string,
    });
  });
});
