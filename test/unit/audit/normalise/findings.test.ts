import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authentication, type AuthenticationInput } from '../../../../lambdas/audit/normalise/authentication.ts';
import { complianceFinding, type ComplianceInput } from '../../../../lambdas/audit/normalise/compliance-finding.ts';
import { cutEvent } from '../../../../lambdas/audit/normalise/cut-event.ts';
import { detectionFinding, type DetectionInput } from '../../../../lambdas/audit/normalise/detection-finding.ts';
import { normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import { account, apiCall, apiRole, deniedCall, ordersDb, region } from '../../../_fixtures/cloudtrail.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';

const origin = { account, region };
const events = [
  normaliseRecord(deniedCall('GetSecretValue'), origin),
  normaliseRecord(apiCall('GetSecretValue'), origin),
];

const text = fc.string({ unit: 'binary' });
const name = fc.string({ unit: 'binary', minLength: 1 });
const time = fc.integer({ min: 0, max: Date.UTC(2100, 0) });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const severity = fc.constantFrom('Informational', 'Low', 'Medium', 'High', 'Critical', 'Fatal');

/** What is undefined is left away, as a caller does. */
const withoutUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));

const finding = {
  eventId: name,
  findingId: name,
  activity: fc.constantFrom('Create', 'Update', 'Close'),
  status: fc.constantFrom('New', 'In Progress', 'Suppressed', 'Resolved'),
  severity,
  title: text,
  description: text,
  time,
  created: time,
  firstSeen: optional(time),
  lastSeen: optional(time),
  rule: fc.record({ id: name, name, version: text }, { requiredKeys: ['id', 'name'] }),
  account: name,
  region: name,
  resources: fc.array(fc.record({ uid: name, name, type: name }, { requiredKeys: ['uid', 'type'] }), { maxLength: 3 }),
  remedy: optional(text),
  runbook: optional(text),
  owner: optional(name),
};

/** Valid, without control characters, and the same as JSON. */
const expectFit = (event: object): void => {
  expect(ocsfProblems(event)).toEqual([]);
  const json = JSON.stringify(event);
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(json)).toEqual(event);
};

describe('a detection finding', () => {
  const input: DetectionInput = {
    eventId: 'finding-1-create',
    findingId: 'finding-1',
    activity: 'Create',
    status: 'New',
    severity: 'High',
    confidence: 'High',
    title: 'dev/payments/orders-db was read by an undeclared principal',
    description: 'The role is not a reader in the catalog.',
    time: Date.UTC(2026, 10, 21),
    created: Date.UTC(2026, 10, 21),
    rule: { id: 'undeclared-reader', name: 'Read by an undeclared principal' },
    account,
    region,
    resources: [{ uid: ordersDb, name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' }],
    remedy: 'Declare the reader, or find out who used the role.',
    runbook: 'https://example.com/runbooks/undeclared-reader',
    owner: 'payments',
    events,
  };

  it('has secret, owner, runbook and the events behind it', () => {
    const event = detectionFinding(input);
    expectFit(event);
    expect(event).toMatchObject({
      class_uid: 2004,
      type_uid: 200_401,
      is_alert: true,
      confidence: 'High',
      resources: [{ uid: ordersDb, owner: { name: 'payments' } }],
      remediation: { references: ['https://example.com/runbooks/undeclared-reader'] },
      finding_info: {
        uid: 'finding-1',
        related_events: events.map(({ metadata }) => ({ uid: metadata.uid, type_uid: 600_302 })),
        related_events_count: 2,
      },
      evidences: [{ uid: events[0]?.metadata.uid, actor: { session: { issuer: apiRole } } }, {}],
    });
  });

  it('that is suppressed or resolved is not an alert', () => {
    expect(detectionFinding({ ...input, status: 'Suppressed' }).is_alert).toBe(false);
    expect(detectionFinding({ ...input, status: 'Resolved', activity: 'Close' }).is_alert).toBe(false);
  });

  it('of 1,000 events has the first 10 as evidence, and counts all', () => {
    const many = Array.from({ length: 1_000 }, () => normaliseRecord(apiCall('GetSecretValue'), origin));
    const event = detectionFinding({ ...input, events: many });
    expectFit(event);
    expect(event.evidences).toHaveLength(10);
    expect(event.finding_info.related_events).toHaveLength(100);
    expect(event.finding_info.related_events_count).toBe(1_000);
  });

  it('that is too large loses its evidence, never its id, title and secrets', () => {
    const event = detectionFinding(input);
    const cut = cutEvent(event, 2_500);
    expect(cut).toMatchObject({
      finding_info: { uid: 'finding-1', title: input.title },
      resources: event.resources,
      unmapped: { cut: 'evidences' },
    });
    expectFit(cut as object);
  });

  it('is valid for any input', () => {
    const inputs = fc.record({
      ...finding,
      confidence: fc.constantFrom('Low', 'Medium', 'High'),
      events: fc.subarray(events),
    });
    fc.assert(
      fc.property(inputs, (any) => {
        expectFit(detectionFinding(withoutUndefined(any) as DetectionInput));
      }),
    );
  });
});

describe('a compliance finding', () => {
  it('is valid for any input, and names control, standard and result', () => {
    const inputs = fc.record({
      ...finding,
      compliance: fc
        .record({
          status: fc.constantFrom('Pass', 'Warning', 'Fail'),
          control: name,
          standards: fc.array(text, { maxLength: 3 }),
          requirements: optional(fc.array(text, { maxLength: 3 })),
          description: optional(text),
        })
        .map((value) => withoutUndefined(value) as ComplianceInput['compliance']),
    });
    fc.assert(
      fc.property(inputs, (any) => {
        const event = complianceFinding(withoutUndefined(any) as ComplianceInput);
        expectFit(event);
        expect(event.type_uid).toBe(200_300 + event.activity_id);
        expect(event.compliance.status).toBe(any.compliance.status);
        expect(event.compliance.standards).toHaveLength(any.compliance.standards.length);
      }),
    );
  });
});

describe('a login', () => {
  it('is valid for any input, and a failed one is Low', () => {
    const inputs = fc.record({
      eventId: name,
      activity: fc.constantFrom('Logon', 'Logoff'),
      status: fc.constantFrom('Success', 'Failure'),
      statusCode: optional(text),
      statusDetail: optional(text),
      time,
      account: name,
      region: name,
      user: fc.record(
        { uid: name, name, type: name, type_id: fc.constantFrom(0, 1, 2, 3, 99) },
        { requiredKeys: ['uid', 'type', 'type_id'] },
      ),
      session: optional(fc.record({ uid: name, issuer: name, is_mfa: fc.boolean() })),
      service: name,
      protocol: fc.oneof(name, fc.constantFrom('OpenID', 'SAML', 'OAUTH 2.0', 'SigV4', '__proto__')),
      isMfa: optional(fc.boolean()),
      source: optional(fc.oneof(fc.ipV4(), fc.ipV6(), text)),
      userAgent: optional(text),
    });
    fc.assert(
      fc.property(inputs, (any) => {
        const event = authentication(withoutUndefined(any) as AuthenticationInput);
        expectFit(event);
        expect(event.severity).toBe(any.status === 'Success' ? 'Informational' : 'Low');
      }),
    );
  });
});
