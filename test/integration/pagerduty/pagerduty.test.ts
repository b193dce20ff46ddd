/** Alerts and alarms to PagerDuty over TLS, with an imitation of its API that refuses what the reference refuses. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDestinationSecret } from '../../../lambdas/audit/destinations/destination-secret.ts';
import { createHttpsRequest } from '../../../lambdas/audit/destinations/https-request.ts';
import type { HttpsRequest } from '../../../lambdas/audit/destinations/destination.ts';
import type { HiddenMessage, QueueMessage } from '../../../lambdas/audit/queues/queues.ts';
import { createHandler } from '../../../lambdas/pagerduty/create-handler.ts';
import { createPagerDuty } from '../../../lambdas/pagerduty/pagerduty.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import {
  defaultPagerDutySeverities,
  pagerDutySecretExample,
  publicationOf,
  type AlertMessage,
  type PagerDutyContact,
} from '../../../lib/contract/index.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import { keptLog } from '../../_helpers/middleware-scene.ts';
import { largestOf, startPagerDuty, type PagerDutyReceiver } from '../../_helpers/pagerduty/receiver.ts';

const routingKey = 'c4n4ryc4n4ryc4n4ryc4n4ryc4n4ry00';
const otherKey = 'n3wk3yn3wk3yn3wk3yn3wk3yn3wk3y11';
const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-prod-pagerduty';
const deadLettersUrl = `${queueUrl}-dead`;
const queueArn = 'arn:aws:sqs:eu-west-1:111122223333:strongroom-prod-pagerduty';
const topic = 'arn:aws:sns:eu-west-1:111122223333:strongroom-prod-alerts-oncall';
const runbooks = 'https://git.acme.example/strongroom/docs/runbooks';
const alarmArn = 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:strongroom-prod-audit-age';

const contact: PagerDutyContact = {
  name: 'oncall',
  topic,
  secret: 'prod/strongroom/oncall-pagerduty',
  region: 'eu',
  severity: defaultPagerDutySeverities,
};

const alert: AlertMessage = {
  version: '1',
  kind: 'detection',
  uid: 'a1b2c3d4e5f6',
  rule: 'undeclared-read',
  severity: 'high',
  title: 'Secret read by an undeclared principal',
  message: 'arn:aws:iam::111122223333:role/someone read prod/payments/orders-db',
  at: '2026-11-30T21:00:00.000Z',
  environment: 'prod',
  principal: 'arn:aws:iam::111122223333:role/someone',
  from: '10.0.1.7 in eu-west-1',
  secrets: ['prod/payments/orders-db'],
  owners: ['team-payments'],
  events: ['e-1', 'e-2'],
  runbook: `${runbooks}/detections.md#undeclared-read`,
};

/** As SNS sends it to a queue. */
const envelope = (message: string, from = topic): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: '5d0c0b2e-0000-5000-8000-000000000000',
    TopicArn: from,
    Subject: 'ignored',
    Message: message,
    Timestamp: '2026-11-30T21:00:01.000Z',
    SignatureVersion: '1',
    Signature: 'x',
    SigningCertURL: 'https://sns.eu-west-1.amazonaws.com/x.pem',
    UnsubscribeURL: 'https://sns.eu-west-1.amazonaws.com/',
    MessageAttributes: { kind: { Type: 'String', Value: 'detection' } },
  });

/** What SNS takes out of the published forms for a queue. */
const published = (one: AlertMessage): string =>
  (JSON.parse(publicationOf(one).message) as Readonly<Record<string, string>>)['sqs'] ?? '';

const alarm = (state: string, at = '2026-11-30T21:00:00.123+0000', fields: object = {}): string =>
  JSON.stringify({
    AlarmName: 'strongroom-prod-audit-age',
    AlarmDescription: `Audit events of prod wait. Runbook: ${runbooks}/audit-delayed.md`,
    AWSAccountId: '111122223333',
    AlarmConfigurationUpdatedTimestamp: '2026-11-30T20:00:00.000+0000',
    NewStateValue: state,
    NewStateReason: 'Threshold Crossed: 1 datapoint was greater than the threshold.',
    StateChangeTime: at,
    Region: 'EU (Ireland)',
    AlarmArn: alarmArn,
    OldStateValue: 'OK',
    OKActions: [],
    AlarmActions: [topic],
    Trigger: { MetricName: 'ApproximateAgeOfOldestMessage', Period: 300, TreatMissingData: 'missing' },
    ...fields,
  });

let certificates: LocalCertificates;
let pagerDuty: PagerDutyReceiver;
let acceptedKey = routingKey;

beforeAll(async () => {
  certificates = await createLocalCertificates();
});

beforeEach(async () => {
  acceptedKey = routingKey;
  pagerDuty = await startPagerDuty(certificates, { routingKey: () => acceptedKey });
});

afterEach(async () => {
  await pagerDuty.stop();
});

const scene = ({ region = 'eu', trusts = true }: { region?: PagerDutyContact['region']; trusts?: boolean } = {}) => {
  const { log, lines } = keptLog();
  const sent: { url: string; message: QueueMessage }[] = [];
  const hidden: HiddenMessage[] = [];
  const origins: string[] = [];
  const stored: { value: string | undefined } = { value: JSON.stringify({ routingKey }) };
  let time = 0;
  const real = createHttpsRequest({ authorities: trusts ? [certificates.ca] : [] });
  /** As it ships, but for the address. */
  const request: HttpsRequest = (url, options) => {
    origins.push(url.href);
    const { host, port } = pagerDuty.address;
    return real(new URL(url.pathname, `https://${host}:${port}`), options);
  };
  const handler = createHandler({
    environment: 'prod',
    contacts: [{ ...contact, region }],
    pagerDutyOf: (one) =>
      createPagerDuty({
        region: one.region,
        request,
        secret: createDestinationSecret({
          client: {
            send: () =>
              stored.value === undefined
                ? Promise.reject(Object.assign(new Error('none'), { name: 'ResourceNotFoundException' }))
                : Promise.resolve({ SecretString: stored.value }),
          } as never,
          secretId: one.secret,
          example: pagerDutySecretExample,
          now: () => (time += 31_000),
          learn: () => undefined,
          warn: () => undefined,
        }),
      }),
    queues: {
      send: (url, messages) => {
        for (const message of messages) sent.push({ url, message });
        return Promise.resolve(new Map());
      },
      hide: (_url, messages) => {
        hidden.push(...messages);
        return Promise.resolve(undefined);
      },
    },
    queueUrl,
    deadLettersUrl,
    runbooks,
    region: 'eu-west-1',
    log,
    redactor: new Redactor(),
    clockWithin: () => ({ pause: () => Promise.resolve(), hasTime: () => true }),
  });
  const invoke = async (bodies: readonly string[], from = queueArn): Promise<readonly string[]> => {
    const answer = await handler(
      {
        Records: bodies.map((body, index) => ({
          messageId: `m${index}`,
          receiptHandle: `r${index}`,
          body,
          eventSourceARN: from,
          attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1796000000000' },
        })),
      },
      { getRemainingTimeInMillis: () => 30_000 },
    );
    return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const seen = (): string => JSON.stringify({ lines, sent });
  return { invoke, sent, hidden, lines, origins, stored, seen };
};

describe('an alert', () => {
  it('opens an alert with severity, who, from where, owner, runbook and the events behind it', async () => {
    const { invoke, sent } = scene();
    expect(await invoke([envelope(published(alert))])).toEqual([]);
    expect(pagerDuty.alerts).toEqual([
      {
        key: alert.uid,
        open: true,
        triggers: [
          {
            summary: `${alert.title} (prod): ${alert.message}`,
            source: 'prod/payments/orders-db',
            severity: 'error',
            timestamp: alert.at,
            component: alert.principal,
            group: 'prod',
            class: 'undeclared-read',
            custom_details: {
              message: alert.message,
              secrets: alert.secrets,
              who: alert.principal,
              from: alert.from,
              owners: alert.owners,
              events: alert.events,
              runbook: alert.runbook,
            },
          },
        ],
      },
    ]);
    expect(JSON.parse(pagerDuty.requests[0]?.body.toString() ?? '')).toMatchObject({
      links: [{ href: alert.runbook, text: 'Runbook' }],
    });
    expect(sent).toEqual([]);
  });

  it('that comes twice is one alert there', async () => {
    const { invoke } = scene();
    await invoke([envelope(published(alert))]);
    await invoke([envelope(published(alert))]);
    expect(pagerDuty.alerts.map(({ triggers }) => triggers.length)).toEqual([2]);
  });

  it('of a test is marked', async () => {
    const { invoke } = scene();
    await invoke([envelope(published({ ...alert, kind: 'test', rule: 'test', severity: 'informational' }))]);
    expect(pagerDuty.alerts[0]?.triggers[0]).toMatchObject({
      summary: expect.stringMatching(/^\[TEST\] /) as string,
      severity: 'info',
      class: 'test',
      custom_details: { test: true },
    });
  });

  it('with texts as long and odd as they come is within the limits', async () => {
    const { invoke } = scene();
    const long = '"\\\u0001😀'.repeat(2_000);
    const many = Array.from({ length: 1_000 }, () => long);
    const odd = { ...alert, message: long, title: long, secrets: many, owners: many, events: many };
    expect(Buffer.byteLength(publicationOf(odd).message)).toBeLessThan(262_144);
    expect(await invoke([envelope(published(odd))])).toEqual([]);
    expect(pagerDuty.alerts).toHaveLength(1);
    expect(largestOf(pagerDuty)).toBeLessThan(512 * 1_024);
  });

  it('links to no page but the runbooks of the deployment', async () => {
    const { invoke } = scene();
    await invoke([envelope(published({ ...alert, runbook: 'https://evil.example/runbook' }))]);
    expect(pagerDuty.requests[0]?.body.toString()).not.toContain('"links"');
  });
});

describe('an alarm', () => {
  it('opens an alert in state ALARM, and OK resolves it', async () => {
    const { invoke } = scene();
    await invoke([envelope(alarm('ALARM'))]);
    expect(pagerDuty.alerts).toMatchObject([
      {
        key: alarmArn,
        open: true,
        triggers: [{ severity: 'error', class: 'alarm', source: 'strongroom-prod-audit-age' }],
      },
    ]);
    await invoke([envelope(alarm('OK', '2026-11-30T21:10:00.123+0000'))]);
    expect(pagerDuty.alerts.map(({ open }) => open)).toEqual([false]);
  });

  it('of one batch is sent in the order of its states, however they came', async () => {
    const { invoke } = scene();
    await invoke([envelope(alarm('OK', '2026-11-30T21:10:00.123+0000')), envelope(alarm('ALARM'))]);
    expect(pagerDuty.alerts.map(({ open }) => open)).toEqual([false]);
    expect(pagerDuty.dropped).toEqual([]);
  });

  it.each([
    ['missing', 'trigger'],
    ['- TreatMissingData:                    missing', 'trigger'],
    ['breaching', 'trigger'],
    ['notBreaching', 'resolve'],
    ['- TreatMissingData:                    notBreaching', 'resolve'],
  ])('without data that takes missing data as %s is a %s', async (TreatMissingData, action) => {
    const { invoke } = scene();
    await invoke([envelope(alarm('INSUFFICIENT_DATA', undefined, { Trigger: { TreatMissingData } }))]);
    expect(JSON.parse(pagerDuty.requests[0]?.body.toString() ?? '')).toMatchObject({ event_action: action });
  });

  it('with a name too long for a key has a key all the same', async () => {
    const { invoke } = scene();
    const AlarmArn = `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${'a'.repeat(255)}`;
    await invoke([envelope(alarm('ALARM', undefined, { AlarmArn }))]);
    await invoke([envelope(alarm('OK', undefined, { AlarmArn }))]);
    expect(pagerDuty.alerts.map(({ open }) => open)).toEqual([false]);
  });
});

describe('where it goes', () => {
  it.each([
    ['us', 'https://events.pagerduty.com/v2/enqueue'],
    ['eu', 'https://events.eu.pagerduty.com/v2/enqueue'],
  ] as const)('is the address of the service region %s, and no message changes it', async (region, address) => {
    const { invoke, origins, sent } = scene({ region });
    const hostile = JSON.stringify({ ...alert, url: 'https://evil.example', region: 'us', routing_key: 'x' });
    await invoke([envelope(published(alert)), envelope(hostile)]);
    expect(origins).toEqual([address]);
    expect(sent.map(({ message }) => message.attributes?.['code'])).toEqual(['not-an-alert']);
  });

  it('is no server whose authority is not trusted', async () => {
    const { invoke, hidden } = scene({ trusts: false });
    expect(await invoke([envelope(published(alert))])).toEqual(['m0']);
    expect(hidden).toHaveLength(1);
    expect(pagerDuty.requests).toEqual([]);
  });
});

describe('what is not accepted', () => {
  it('for now (429, 5xx) is tried three times, and comes again later', async () => {
    const { invoke, hidden, sent } = scene();
    pagerDuty.replyNext({ status: 429 }, { status: 500 }, { status: 503 });
    expect(await invoke([envelope(published(alert))])).toEqual(['m0']);
    expect(pagerDuty.requests).toHaveLength(3);
    expect(sent).toEqual([]);
    expect(hidden.map(({ receiptHandle, seconds }) => [receiptHandle, seconds >= 10 && seconds <= 20])).toEqual([
      ['r0', true],
    ]);
    expect(await invoke([envelope(published(alert))])).toEqual([]);
    expect(pagerDuty.alerts).toHaveLength(1);
  });

  it('passes within the invocation if PagerDuty comes back', async () => {
    const { invoke } = scene();
    pagerDuty.replyNext({ status: 500 }, { status: 429 });
    expect(await invoke([envelope(published(alert))])).toEqual([]);
    expect(pagerDuty.alerts).toHaveLength(1);
  });

  it('waits no less than PagerDuty asks', async () => {
    const { invoke, hidden } = scene();
    pagerDuty.replyNext({ status: 429, headers: { 'retry-after': '240' } });
    await invoke([envelope(published(alert))]);
    expect(hidden.map(({ seconds }) => seconds)).toEqual([240]);
    expect(pagerDuty.requests).toHaveLength(1);
  });

  it('holds the later messages of its incident back, and no others', async () => {
    const { invoke } = scene();
    pagerDuty.replyNext({ status: 429, headers: { 'retry-after': '60' } });
    const back = await invoke([envelope(alarm('ALARM')), envelope(alarm('OK', '2026-11-30T21:10:00.123+0000'))]);
    expect(back).toEqual(['m0', 'm1']);
    expect(await invoke([envelope(published(alert))])).toEqual([]);
  });

  it('because the routing key is wrong (400) goes to the dead letters with the reason, and without the key', async () => {
    const { invoke, sent, seen } = scene();
    acceptedKey = otherKey;
    expect(await invoke([envelope(published(alert))])).toEqual([]);
    expect(sent).toMatchObject([
      {
        url: deadLettersUrl,
        message: {
          body: envelope(published(alert)),
          attributes: {
            code: 'misconfigured',
            contact: 'oncall',
            reason: expect.stringContaining('PagerDuty answered 400') as string,
          },
        },
      },
    ]);
    expect(sent[0]?.message.attributes?.['reason']).toContain("'routing_key' *** is invalid");
    expect(seen()).not.toContain(routingKey);
    expect(pagerDuty.requests).toHaveLength(1);
  });

  it('is sent again at once if an operator has put another routing key', async () => {
    const { invoke, stored, sent, seen } = scene();
    await invoke([envelope(published(alert))]);
    acceptedKey = otherKey;
    stored.value = JSON.stringify({ routingKey: otherKey });
    await invoke([envelope(published({ ...alert, uid: 'another' }))]);
    expect(sent).toEqual([]);
    expect(pagerDuty.alerts.map(({ key }) => key)).toEqual([alert.uid, 'another']);
    expect(pagerDuty.requests).toHaveLength(3);
    expect(seen()).not.toMatch(new RegExp(`${routingKey}|${otherKey}`));
  });

  it.each([undefined, '', '{}', `{"routingKey": "${routingKey}", "url": "https://evil.example"}`, `"${routingKey}"`])(
    'for want of a routing key waits until there is one, and no error has the value (%#)',
    async (value) => {
      const { invoke, stored, sent, seen, lines } = scene();
      stored.value = value;
      expect(await invoke([envelope(published(alert))])).toEqual(['m0']);
      expect(sent).toEqual([]);
      expect(lines).toMatchObject([{ level: 'error', message: 'Page not accepted', contact: 'oncall' }]);
      expect(seen()).not.toContain(routingKey);
      expect(pagerDuty.requests).toEqual([]);
    },
  );

  it('is every message that is no alert and no alarm, of another topic or another queue', async () => {
    const { invoke, sent } = scene();
    const strays = [
      'not JSON',
      '{}',
      envelope('a text'),
      envelope('[]'),
      envelope(JSON.stringify({ ...alert, severity: 'mild' })),
      envelope(published(alert), `${topic}-of-another`),
      envelope(alarm('FINE')),
      envelope(alarm('ALARM', undefined, { AlarmArn: 'arn:aws:s3:::x' })),
    ];
    expect(await invoke(strays)).toEqual([]);
    expect(await invoke([envelope(published(alert))], `${queueArn}-2`)).toEqual([]);
    expect(sent.map(({ url, message }) => [url, message.attributes?.['code']])).toEqual(
      Array.from({ length: strays.length + 1 }, () => [deadLettersUrl, 'not-an-alert']),
    );
    expect(pagerDuty.requests).toEqual([]);
  });
});
