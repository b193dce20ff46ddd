/**
 * Alerts by the topics of the contacts: e-mail as text, chat channels as a custom notification of Amazon Q Developer in chat
 * applications (https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html), everything else as text.
 */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import { rowsOf, subjectOf, textOf, type Alert } from '../detect/alerts/alert.ts';
import type { AlertRoute } from '../detect/alerts/alert-route.ts';

export interface SnsAlertRouteOptions {
  readonly client: SNSClient;
  /** ARN of the topic of the platform's contact, which gets every alert. */
  readonly platform: string;
  /** ARN of the topic of an application's contact. Absent: none of its own. */
  readonly topicOf: (application: string) => string | undefined;
}

export const createSnsAlertRoute = ({ client, platform, topicOf }: SnsAlertRouteOptions): AlertRoute => ({
  send: async (alert, deadline) => {
    const owners = alert.secrets.flatMap(({ application }) =>
      application === undefined ? [] : (topicOf(application) ?? []),
    );
    for (const TopicArn of new Set([platform, ...owners])) {
      await callAws('send an alert', deadline, (options) =>
        client.send(
          new PublishCommand({
            TopicArn,
            Subject: subjectFor(alert),
            Message: JSON.stringify(messagesOf(alert)),
            MessageStructure: 'json',
          }),
          options,
        ),
      );
    }
  },
});

/** ASCII without control characters, below 100: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const subjectFor = (alert: Alert): string =>
  subjectOf(alert)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 99);

/** By protocol of the subscription. SNS takes 256 KiB; lists in an alert are short. */
const messagesOf = (alert: Alert): Readonly<Record<string, string>> => ({
  default: textOf(alert),
  https: JSON.stringify(notificationOf(alert)),
});

const notificationOf = (alert: Alert) => ({
  version: '1.0',
  source: 'custom',
  id: alert.uid,
  content: {
    textType: 'client-markdown',
    title: subjectOf(alert),
    description: [plain(alert.message), '', ...rowsOf(alert).map(([name, value]) => `*${name}:* ${plain(value)}`)].join(
      '\n',
    ),
    nextSteps: [`Follow the runbook: ${alert.runbook}`],
    keywords: [alert.rule, alert.environment, alert.severity],
  },
  metadata: {
    threadId: alert.uid,
    summary: alert.title,
    eventType: alert.rule,
    relatedResources: alert.secrets.map(({ name }) => name),
  },
});

/** Names of sessions and secrets come from outside: none is a link, a mention or mark-up. */
const plain = (text: string): string => text.replace(/[*_~`<>|@]/g, (character) => `\u200B${character}`);
