/** How many alerts there are, over any state of the detections: the model in memory, and DynamoDB. */
import { expect, it } from 'vitest';
import { sendAlerts } from '../../lambdas/audit/detect/alerts/send-alerts.ts';
import type { Alert } from '../../lambdas/audit/detect/alerts/alert.ts';
import type { Detection } from '../../lambdas/audit/detect/facts/detection.ts';
import type { DetectionState } from '../../lambdas/audit/detect/state/detection-state.ts';
import { detections, type DetectionName } from '../../lib/contract/index.ts';

/** Within one hour of the groups, and over the edge of a bucket of the state. */
const start = Date.parse('2026-03-02T07:40:00Z');
const minute = 60_000;

const detectionOf = (rule: DetectionName, group: string, at = start): Detection => ({
  uid: `${rule}-${group}`,
  rule,
  title: detections[rule].title,
  severity: detections[rule].severity,
  message: `signal of ${group}`,
  at,
  environment: 'prod',
  principal: group,
  from: { region: 'eu-west-1' },
  secrets: [],
  events: [],
});

/** @param begin - an empty state. */
export const alertLimitsContract = (begin: () => Promise<DetectionState>): void => {
  const scene = async () => {
    const state = await begin();
    const alerts: Alert[] = [];
    const send = (found: readonly Detection[]): Promise<number> =>
      sendAlerts(found, {
        state,
        route: {
          send: (alert) => {
            alerts.push(alert);
            return Promise.resolve();
          },
        },
        deadline: { remainingMs: () => 60_000 },
        runbookOf: (rule) => rule,
      });
    return { alerts, send };
  };

  it('1,000 signals of one group are one alert', async () => {
    const { alerts, send } = await scene();
    const signals = Array.from({ length: 1_000 }, (_, index) =>
      detectionOf('undeclared-read', 'one', start + index * 2_000),
    );
    expect(await send(signals)).toBe(1);
    expect(alerts).toHaveLength(1);
  });

  it('1,000 groups of one rule within an hour are ten alerts, and one that says that more come', async () => {
    const { alerts, send } = await scene();
    const groups = Array.from({ length: 1_000 }, (_, index) =>
      detectionOf('undeclared-read', `group-${index}`, start + index * 3_000),
    );
    expect(await send(groups)).toBe(11);
    expect(alerts.map(({ message }) => message.includes('More than 10 alerts'))).toEqual([
      ...Array.from({ length: 10 }, () => false),
      true,
    ]);
  });

  it('a flood of one rule hides no alert of another, the critical ones first of all', async () => {
    const { alerts, send } = await scene();
    await send(Array.from({ length: 100 }, (_, index) => detectionOf('undeclared-read', `group-${index}`)));
    const critical = ['honey-secret', 'audit-tampering'] as const;
    expect(await send(critical.map((rule) => detectionOf(rule, 'thief', start + minute)))).toBe(2);
    expect(alerts.slice(-2).map(({ rule }) => rule)).toEqual(critical);
  });

  it('the next hour has its own count', async () => {
    const { send } = await scene();
    await send(Array.from({ length: 20 }, (_, index) => detectionOf('undeclared-read', `group-${index}`)));
    expect(await send([detectionOf('undeclared-read', 'later', start + 30 * minute)])).toBe(0);
    expect(await send([detectionOf('undeclared-read', 'much-later', start + 61 * minute)])).toBe(1);
  });
};
