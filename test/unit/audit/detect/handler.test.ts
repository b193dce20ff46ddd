/** The function around the detections: alerts once, findings always, nothing lost when something fails. */
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../../lambdas/audit/detect/alerts/alert.ts';
import { createHandler } from '../../../../lambdas/audit/detect/create-handler.ts';
import { createDeclared } from '../../../../lambdas/audit/detect/facts/declared.ts';
import type { DetectionFinding } from '../../../../lambdas/audit/normalise/detection-finding.ts';
import { createMemoryState } from '../../../../lambdas/audit/detect/state/memory-state.ts';
import { packEvents, readPack } from '../../../../lambdas/audit/queues/pack.ts';
import type { QueueMessage } from '../../../../lambdas/audit/queues/queues.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';
import { keptLog } from '../../../_helpers/middleware-scene.ts';
import { access, eventOf, iam, roles, type Call } from './scene.ts';

const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-prod-audit-detect';
const siem = 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-prod-audit-siem';
const deadLetters = 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-prod-audit-detect-dead';
const stranger: Call = { role: iam('someone') };

const scene = () => {
  const alerts: Alert[] = [];
  const sent = new Map<string, QueueMessage[]>();
  const state = createMemoryState();
  const { log, lines } = keptLog();
  const fail = { alerts: 0, queue: false };
  const handler = createHandler({
    environment: 'prod',
    declared: createDeclared(access),
    suppressions: [
      {
        rule: 'undeclared-read',
        principal: '*:role/scanner',
        owner: 'team-security',
        reason: 'weekly scan',
        until: '2026-12-31',
      },
    ],
    stateWithin: () => state,
    route: {
      send: (alert) => {
        if (fail.alerts > 0) {
          fail.alerts -= 1;
          return Promise.reject(new Error('the topic is gone'));
        }
        alerts.push(alert);
        return Promise.resolve();
      },
    },
    queues: {
      send: (url, messages) => {
        if (fail.queue) return Promise.resolve(new Map(messages.map((_, index) => [index, 'full'])));
        sent.set(url, [...(sent.get(url) ?? []), ...messages]);
        return Promise.resolve(new Map());
      },
      hide: () => Promise.resolve(undefined),
    },
    destinations: [
      { name: 'siem', queueUrl: siem, raw: false },
      { name: 'urgent', queueUrl: `${siem}-urgent`, raw: false, minimumSeverity: 'critical' },
    ],
    queueUrl,
    deadLettersUrl: deadLetters,
    region: 'eu-west-1',
    runbooks: 'docs/runbooks',
    log,
    redactor: new Redactor(),
    now: () => 0,
  });
  const invoke = async (
    bodies: readonly string[],
    from = 'strongroom-prod-audit-detect',
  ): Promise<readonly string[]> => {
    const answer = await handler(
      {
        Records: bodies.map((body, index) => ({
          messageId: `m${index}`,
          receiptHandle: `r${index}`,
          body,
          eventSourceARN: `arn:aws:sqs:eu-west-1:111122223333:${from}`,
          attributes: { ApproximateReceiveCount: '1', SentTimestamp: '0' },
        })),
      },
      { getRemainingTimeInMillis: () => 30_000 },
    );
    return answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  const findings = (url = siem) =>
    (sent.get(url) ?? []).flatMap(({ body }) => readPack(body).events.map(({ event }) => event));
  return { alerts, sent, lines, fail, invoke, findings };
};

const packOf = (...calls: readonly Call[]): string => {
  const { messages } = packEvents(calls.map((call) => ({ event: eventOf(call) })));
  return messages[0] ?? '';
};

describe('the detecting function', () => {
  it('alerts with secret, principal, owner, runbook and event, and sends the finding as OCSF', async () => {
    const { alerts, invoke, findings } = scene();
    expect(await invoke([packOf({ role: roles.api }, stranger)])).toEqual([]);
    expect(alerts).toMatchObject([
      {
        rule: 'undeclared-read',
        principal: iam('someone'),
        secrets: [{ name: 'prod/payments/orders-db', owner: 'team-payments' }],
        from: { ip: '10.0.1.7', region: 'eu-west-1' },
        runbook: 'docs/runbooks/detections.md#undeclared-read',
      },
    ]);
    expect(alerts[0]?.events).toHaveLength(1);
    expect(findings()).toHaveLength(1);
    expect(findings().map(ocsfProblems)).toEqual([[]]);
    expect(findings('https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-prod-audit-siem-urgent')).toEqual([]);
  });

  it('sends the ids of all events behind a finding, also of those of earlier messages', async () => {
    const { invoke, findings } = scene();
    for (let index = 0; index < 10; index += 1) {
      await invoke([packOf({ ...stranger, error: 'AccessDeniedException', at: index })]);
    }
    const [finding] = findings();
    expect(ocsfProblems(finding)).toEqual([]);
    const { finding_info: info } = finding as DetectionFinding;
    expect(info.related_events_count).toBe(10);
    expect(new Set(info.related_events?.map(({ uid }) => uid)).size).toBe(10);
  });

  it('alerts once for the same principal and rule, and sends each finding', async () => {
    const { alerts, invoke, findings } = scene();
    await invoke([packOf(stranger), packOf(stranger, stranger)]);
    expect(alerts).toHaveLength(1);
    expect(findings()).toHaveLength(3);
  });

  it('gives the message back if an alert was not sent, and alerts when it comes again', async () => {
    const { alerts, fail, invoke, findings } = scene();
    fail.alerts = 1;
    const body = packOf(stranger);
    expect(await invoke([body])).toEqual(['m0']);
    expect(alerts).toEqual([]);
    expect(await invoke([body])).toEqual([]);
    expect(alerts).toHaveLength(1);
    await invoke([body]);
    expect(alerts).toHaveLength(1);
    expect(new Set(findings().map(({ metadata }) => metadata.uid)).size).toBe(1);
  });

  it('gives the message back if a queue did not take the findings', async () => {
    const { fail, invoke, findings } = scene();
    fail.queue = true;
    const body = packOf(stranger);
    expect(await invoke([body])).toEqual(['m0']);
    fail.queue = false;
    expect(await invoke([body])).toEqual([]);
    expect(findings()).toHaveLength(1);
  });

  it('sends no more than ten alerts of a rule within an hour, says so in the last, and sends every finding', async () => {
    const { alerts, invoke, findings } = scene();
    await invoke([packOf(...Array.from({ length: 30 }, (_, index) => ({ role: iam(`someone-${index}`) })))]);
    expect(alerts).toHaveLength(11);
    expect(alerts.at(-1)?.message).toMatch(/the next ones are in the SIEM only$/);
    expect(findings()).toHaveLength(30);
  });

  it('does not alert what is suppressed, and says in the finding that it is', async () => {
    const { alerts, invoke, findings } = scene();
    await invoke([packOf({ role: iam('scanner') })]);
    expect(alerts).toEqual([]);
    expect(findings()).toMatchObject([{ status: 'Suppressed' }]);
  });

  it('puts what is not a pack, or comes from another queue, into the dead letters', async () => {
    const { sent, invoke, alerts } = scene();
    expect(await invoke(['{"no": "pack"}', 'no JSON'])).toEqual([]);
    expect(await invoke([packOf(stranger)], 'another-queue')).toEqual([]);
    expect(sent.get(deadLetters)).toHaveLength(3);
    expect(alerts).toEqual([]);
  });

  it('keeps them in the queue if the dead letters do not take them', async () => {
    const { fail, invoke } = scene();
    fail.queue = true;
    expect(await invoke(['no JSON'])).toEqual(['m0']);
  });
});

describe('a suppression', () => {
  it('ends on its day', async () => {
    const { alerts, invoke } = scene();
    const after = Date.parse('2027-01-01T00:00:01Z') - Date.parse('2026-03-02T08:00:00Z');
    await invoke([packOf({ role: iam('scanner'), at: after })]);
    expect(alerts).toHaveLength(1);
  });
});
