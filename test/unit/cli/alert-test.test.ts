/** `strongroom alert test`: what is sent to which topic, and what it says of the receivers. */
import { describe, expect, it } from 'vitest';
import type { AlertAws, Subscription } from '../../../cli/operators/alert/ports.ts';
import { CommandError } from '../../../cli/terminal/errors.ts';
import type { AlertPublication } from '../../../lib/contract/index.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const files = (contact: string): Record<string, string> => ({
  'organisation.yaml': organisationYaml.replace(
    'contacts:\n',
    `contacts:\n  team: ${contact}\n  noc: { email: [a@acme.example, b@acme.example] }\n`,
  ),
  'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`.replace(
    'contact: oncall',
    'contact: team',
  ),
});

const topicOf = (contact: string): string => `arn:aws:sns:eu-west-1:111122223333:strongroom-dev-alerts-${contact}`;
const oncall: Subscription = { protocol: 'email', endpoint: 'oncall@acme.example', confirmed: true };

const scene = (contact: string, subscriptions: Readonly<Record<string, readonly Subscription[]>>) => {
  const sent: { topic: string; publication: AlertPublication }[] = [];
  const broken = new Set<string>();
  const aws: AlertAws = {
    whoAmI: () => Promise.resolve({ account: '111122223333', arn: 'arn:aws:sts::111122223333:assumed-role/sre/ann' }),
    publish: (topic, publication) => {
      if (broken.has(topic)) {
        const error = new CommandError('aws-denied', `could not publish to ${topic} (sns:Publish): no`, {
          exitCode: 1,
        });
        return Promise.reject(error);
      }
      sent.push({ topic, publication });
      return Promise.resolve(`id-${sent.length}`);
    },
    subscriptions: (topic) => Promise.resolve(subscriptions[topic] ?? []),
    close: () => undefined,
  };
  const catalog = catalogFolder(files(contact));
  const test = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await strongroom(['alert', 'test', '-c', catalog, ...args], {
      alerts: () => aws,
    });
    return { exitCode, text: stdout, error: stderr };
  };
  return { sent, broken, test };
};

describe('strongroom alert test', () => {
  const slack = '{ slack: { workspace: T0123456789, channel: C0123456789 } }';
  const chat: Subscription = {
    protocol: 'https',
    endpoint: 'https://global.sns-api.chatbot.amazonaws.com',
    confirmed: true,
  };

  it('sends one marked alert to each topic, in every form, and says what to look for', async () => {
    const { sent, test } = scene(slack, { [topicOf('oncall')]: [oncall], [topicOf('team')]: [chat] });
    const { exitCode, text } = await test('-e', 'dev');
    expect(exitCode).toBe(0);
    expect(sent.map(({ topic }) => topic)).toEqual([topicOf('oncall'), topicOf('team')]);
    for (const { publication } of sent) {
      expect(publication.subject).toMatch(/^\[TEST\] /);
      expect(publication.attributes).toMatchObject({ kind: 'test', severity: 'informational', environment: 'dev' });
      const forms = JSON.parse(publication.message) as Record<string, string>;
      expect(forms['default']).toContain('nothing happened');
      expect(JSON.parse(forms['https'] ?? '')).toMatchObject({ version: '1.0', source: 'custom' });
      expect(JSON.parse(forms['sqs'] ?? '')).toMatchObject({ version: '1', kind: 'test' });
    }
    expect(new Set(sent.map(({ publication }) => publication.attributes.uid)).size).toBe(2);
    expect(text).toContain('accepted by the topic, message id-1');
    expect(text).toContain('now look for a message with [TEST] in the Slack channel C0123456789');
  });

  it('sends to one contact alone, and to none of another name', async () => {
    const { sent, test } = scene(slack, { [topicOf('team')]: [chat] });
    expect((await test('-e', 'dev', '--contact', 'team')).exitCode).toBe(0);
    expect(sent.map(({ topic }) => topic)).toEqual([topicOf('team')]);
    const refused = await test('-e', 'dev', '--contact', 'nobody');
    expect(refused.exitCode).toBe(2);
    expect(refused.error).toContain('--contact nobody: no application of dev has this contact; it has oncall, team');
    expect(sent).toHaveLength(1);
  });

  it('exits with 1 if an e-mail is not confirmed or nobody is subscribed, and says what to do', async () => {
    const contact = '{ email: [c@acme.example, d@acme.example] }';
    const pending: Subscription = { protocol: 'email', endpoint: 'c@acme.example', confirmed: false };
    const { test } = scene(contact, { [topicOf('oncall')]: [oncall], [topicOf('team')]: [pending] });
    const { exitCode, text } = await test('-e', 'dev');
    expect(exitCode).toBe(1);
    expect(text).toContain('c@acme.example: pending; open the e-mail of AWS Notifications and confirm');
    expect(text).toContain('d@acme.example: missing; nothing is subscribed: deploy the stack foundation');
    expect(text).toContain('1 of 2 contacts would not be reached');
  });

  it('goes on with the other contacts if a topic does not take it, as JSON too', async () => {
    const { sent, broken, test } = scene(slack, { [topicOf('oncall')]: [oncall], [topicOf('team')]: [chat] });
    broken.add(topicOf('oncall'));
    const { exitCode, text } = await test('-e', 'dev', '--json');
    expect(exitCode).toBe(1);
    expect(sent.map(({ topic }) => topic)).toEqual([topicOf('team')]);
    expect(JSON.parse(text)).toMatchObject({
      environment: 'dev',
      contacts: [
        { contact: 'oncall', errors: [expect.stringContaining('sns:Publish') as string] },
        { contact: 'team', messageId: 'id-1', errors: [], receivers: [{ state: 'confirmed' }] },
      ],
    });
  });

  it('sends to PagerDuty by its queue, and to its fallback too', async () => {
    const { sent, test } = scene('{ pagerduty: { fallback: noc } }', {
      [topicOf('oncall')]: [oncall],
      [topicOf('team')]: [{ protocol: 'sqs', endpoint: 'arn:aws:sqs:eu-west-1:111122223333:q', confirmed: true }],
      [topicOf('noc')]: ['a', 'b'].map((who) => ({
        protocol: 'email',
        endpoint: `${who}@acme.example`,
        confirmed: true,
      })),
    });
    const { exitCode, text } = await test('-e', 'dev');
    expect(exitCode).toBe(0);
    expect(sent.map(({ topic }) => topic)).toEqual([topicOf('oncall'), topicOf('team'), topicOf('noc')]);
    expect(text).toContain('an alert with [TEST] and severity info in PagerDuty');
  });

  it('is refused for an account that is not that of the environment, before anything is sent', async () => {
    const { sent, test } = scene(slack, {});
    const { exitCode, error } = await test('-e', 'prod');
    expect(exitCode).toBe(2);
    expect(error).toContain('111122223333');
    expect(sent).toEqual([]);
  });
});
