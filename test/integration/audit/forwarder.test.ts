import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import type { SQSEvent } from 'aws-lambda';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpsPost } from '../../../lambdas/audit/destinations/https-post.ts';
import { createSiemToken } from '../../../lambdas/audit/destinations/siem-token.ts';
import { createSplunkHec } from '../../../lambdas/audit/destinations/splunk-hec.ts';
import { createHandler } from '../../../lambdas/audit/deliver/create-handler.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { startSiem, type Siem, type SiemBehaviour, type SiemOptions } from '../../../local/siem/start-siem.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import {
  apiCall,
  deniedCall,
  eventBridge,
  kmsDecrypt,
  labelUpdated,
  serviceEvent,
} from '../../_fixtures/cloudtrail.ts';
import { Queue } from '../../_helpers/queue.ts';

const channel = '0d1f3a52-61a7-4a0e-8a10-4a3f0b1c2d3e';
const secretsManager = mockClient(SecretsManagerClient);

let certificates: LocalCertificates;
let siem: Siem | undefined;

beforeAll(async () => {
  certificates = await createLocalCertificates();
});

beforeEach(() => {
  secretsManager.reset();
});

afterEach(async () => {
  await siem?.stop();
  siem = undefined;
});

/** The forwarder as it ships, from the handler down to the socket, and a SIEM for it. */
const scene = async (
  options: Partial<SiemOptions> = {},
  {
    trusted = true,
    remainingMs = 60_000,
    attemptTimeoutMs = 20_000,
    afterFailure = (_siem: Siem) => Promise.resolve(),
  } = {},
) => {
  const running = await startSiem({ certificates, indexes: ['security'], ...options });
  siem = running;
  const put = (value: object) => {
    secretsManager.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify(value) });
  };
  put({ token: running.token });
  const lines: string[] = [];
  const log = (message: string, fields: object = {}) => lines.push(JSON.stringify({ message, ...fields }));
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const policy = { attemptTimeoutMs, firstPauseMs: 1, longestPauseMs: 1, maxAttempts: 2 };
  const hec = createSplunkHec({
    url: running.url,
    token: createSiemToken({
      client: new SecretsManagerClient({ region: 'eu-west-1' }),
      secretId: 'dev/strongroom/siem',
      url: running.url,
      now: clock.now,
      learn: () => undefined,
      warn: log,
    }),
    index: 'security',
    sourceType: 'ocsf:api_activity',
    environment: 'dev',
    channel,
    post: createHttpsPost(trusted ? [certificates.ca] : []),
    acknowledgementPollMs: 5,
  });
  const handle = createHandler({
    siem: {
      send: async (...args) => {
        try {
          await hec.send(...args);
        } catch (error) {
          await afterFailure(running);
          throw error;
        }
      },
    },
    now: clock.now,
    log: { info: log, warn: log, error: log },
    redactor: new Redactor(),
    environment: 'dev',
    policy,
  });
  const invoke = (event: SQSEvent) => handle(event, { getRemainingTimeInMillis: () => remainingMs });
  const logged = (message: string) =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['message'] === message);
  return { siem: running, invoke, logged, lines, put, clock, policy, queue: new Queue() };
};

const read = (eventID: string) => eventBridge(apiCall('GetSecretValue', { eventID }));
const arrived = (from: Siem) => from.distinctEvents().map(({ eventId }) => eventId);

describe('a SIEM that works', () => {
  it('gets reads, refusals, decryptions, rotations and moved labels as OCSF events', async () => {
    const { siem: receiver, invoke, queue, logged } = await scene();
    queue.put(
      read('read'),
      eventBridge(deniedCall('GetSecretValue', { eventID: 'denied' })),
      eventBridge(kmsDecrypt({ eventID: 'decrypt' })),
      eventBridge(serviceEvent('RotationSucceeded', { eventID: 'rotated' })),
      labelUpdated({ id: 'label' }),
    );
    await queue.receive(invoke);
    expect(queue.waiting).toEqual([]);
    expect(arrived(receiver)).toEqual(['read', 'denied', 'decrypt', 'rotated', 'label']);
    expect(receiver.eventsWithId('denied')).toMatchObject([
      {
        index: 'security',
        host: 'dev',
        source: 'strongroom',
        sourcetype: 'ocsf:api_activity',
        channel,
        time: Date.UTC(2026, 10, 21, 10, 15, 30) / 1000,
        event: { class_uid: 6003, status: 'Failure', status_code: 'AccessDenied' },
      },
    ]);
    expect(receiver.requestCount()).toBe(1);
    expect(logged('AuditEventsDelivered')).toMatchObject([
      {
        AuditEventsDelivered: 5,
        environment: 'dev',
        _aws: { CloudWatchMetrics: [{ Namespace: 'Strongroom', Dimensions: [['environment']] }] },
      },
    ]);
    expect(logged('AuditEventsFailed')).toEqual([]);
  });

  it('with indexer acknowledgement has confirmed the events before the queue forgets them', async () => {
    const { siem: receiver, invoke, queue } = await scene({ acknowledgement: true });
    queue.put(read('a'), read('b'));
    await queue.receive(invoke);
    expect(queue.waiting).toEqual([]);
    expect(arrived(receiver)).toEqual(['a', 'b']);
    expect(receiver.requestCount()).toBe(2);
  });

  it('gets an event that comes twice under the same id', async () => {
    const { siem: receiver, invoke, queue } = await scene();
    queue.put(read('a'));
    await queue.receive(invoke);
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(receiver.eventsWithId('a')).toHaveLength(2);
    expect(arrived(receiver)).toEqual(['a']);
  });
});

describe('a SIEM that fails for a while', () => {
  /** Only a slow one is waited for in vain. */
  const patienceWith = (behaviour: SiemBehaviour) => (behaviour === 'slow' ? { attemptTimeoutMs: 1_000 } : {});

  it.each([
    ['down' as const, 'unreachable'],
    ['503' as const, 'busy'],
    ['slow' as const, 'timeout'],
  ])('%s: the events wait in the queue and arrive after it is back', async (behaviour, code) => {
    const { siem: receiver, invoke, queue, logged, policy } = await scene({}, patienceWith(behaviour));
    await receiver.setBehaviour(behaviour);
    queue.put(read('a'), read('b'));
    await queue.receive(invoke);
    expect(queue.waiting).toHaveLength(2);
    expect(queue.errors).toEqual([]);
    expect(logged('Events not delivered to the SIEM')).toMatchObject([{ code, events: 2 }]);
    expect(logged('AuditEventsFailed')).toMatchObject([{ AuditEventsFailed: 2 }]);

    await receiver.setBehaviour('ok');
    policy.attemptTimeoutMs = 60_000;
    await queue.receive(invoke);
    expect(queue.waiting).toEqual([]);
    expect(queue.deadLetters).toEqual([]);
    expect(arrived(receiver)).toEqual(['a', 'b']);
  });

  it.each(['down', '503', 'slow', '403'] as const)(
    '%s for too long: the events lie in the dead-letter queue',
    async (behaviour) => {
      const { siem: receiver, invoke, queue } = await scene({}, patienceWith(behaviour));
      await receiver.setBehaviour(behaviour);
      const events = [read('a'), read('b')];
      queue.put(...events);
      for (let received = 0; received < 3; received += 1) await queue.receive(invoke);
      expect(queue.waiting).toEqual([]);
      expect(queue.deadLetters).toEqual(events);
    },
  );

  it('busy for a moment is tried again within the invocation', async () => {
    const {
      siem: receiver,
      invoke,
      queue,
    } = await scene({}, { afterFailure: (failing) => failing.setBehaviour('ok') });
    await receiver.setBehaviour('503');
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(queue.waiting).toEqual([]);
    expect(receiver.requestCount()).toBe(2);
  });

  it('slow is cut off before the function itself would be', async () => {
    const { siem: receiver, invoke, queue, logged } = await scene({}, { remainingMs: 3_300, attemptTimeoutMs: 60_000 });
    await receiver.setBehaviour('slow');
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(queue.waiting).toHaveLength(1);
    expect(logged('Events not delivered to the SIEM')).toMatchObject([{ code: 'timeout' }]);
  });
});

describe('a refused token', () => {
  it('fails the invocation loudly, with a code and without the token', async () => {
    const { siem: receiver, invoke, queue, lines, logged } = await scene();
    await receiver.setBehaviour('403');
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(queue.errors).toMatchObject([
      { name: 'unauthorised', message: 'the SIEM answered 403 "Invalid token" (code 4)' },
    ]);
    expect(queue.waiting).toHaveLength(1);
    expect(logged('Events not delivered to the SIEM')).toMatchObject([{ code: 'unauthorised' }]);
    expect(lines.join('\n')).not.toContain(receiver.token);
  });

  it('that was replaced is read again, and the same invocation delivers', async () => {
    const { siem: receiver, invoke, queue, put, clock } = await scene();
    put({ token: 'the-old-token' });
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(queue.waiting).toHaveLength(1);

    put({ token: receiver.token });
    clock.offset = 31_000;
    await queue.receive(invoke);
    expect(queue.waiting).toEqual([]);
    expect(arrived(receiver)).toEqual(['a']);
  });
});

describe('a message that can not be delivered', () => {
  it('and is no event fails alone and ends in the dead-letter queue as it came', async () => {
    const { siem: receiver, invoke, queue, logged } = await scene();
    const poison = ['not JSON', { hello: 'world' }];
    queue.put(read('a'), ...poison, read('b'));
    for (let received = 0; received < 3; received += 1) await queue.receive(invoke);
    expect(arrived(receiver)).toEqual(['a', 'b']);
    expect(queue.deadLetters).toEqual(poison);
    expect(logged('Message refused')).toHaveLength(6);
  });

  it('because the index is wrong fails the whole batch loudly, for no event can be taken', async () => {
    const { siem: receiver, invoke, queue } = await scene({ indexes: ['other'] });
    queue.put(read('a'), read('b'));
    await queue.receive(invoke);
    expect(queue.errors).toMatchObject([
      { name: 'misconfigured', message: 'the SIEM answered 400 "Incorrect index" (code 7)' },
    ]);
    expect(queue.waiting).toHaveLength(2);
    expect(receiver.events()).toEqual([]);
  });

  it('because the SIEM is not who it says is held back: the certificate is checked', async () => {
    const { siem: receiver, invoke, queue, logged } = await scene({}, { trusted: false });
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(queue.waiting).toHaveLength(1);
    expect(receiver.requestCount()).toBe(0);
    expect(logged('Events not delivered to the SIEM')).toMatchObject([
      {
        code: 'unreachable',
        reason: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/) as string,
      },
    ]);
  });

  it.each([
    [{ url: 'http://127.0.0.1:1', token: 't' }, 'destination-invalid'],
    [{}, 'destination-invalid'],
  ])('because the secret holds %j fails loudly', async (value, code) => {
    const { invoke, queue, put } = await scene();
    put(value);
    queue.put(read('a'));
    await queue.receive(invoke);
    expect(queue.errors).toMatchObject([{ name: code }]);
    expect(queue.waiting).toHaveLength(1);
  });
});
