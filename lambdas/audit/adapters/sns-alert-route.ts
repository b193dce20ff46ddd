/** Alerts by the topics of the contacts, in the forms of {@link publicationOf}. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { publicationOf } from '../../../lib/contract/index.ts';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import { messageOf } from '../detect/alerts/alert.ts';
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
    const { subject, message, attributes } = publicationOf(messageOf(alert));
    for (const TopicArn of new Set([platform, ...owners])) {
      await callAws('send an alert', deadline, (options) =>
        client.send(
          new PublishCommand({
            TopicArn,
            Subject: subject,
            Message: message,
            MessageStructure: 'json',
            MessageAttributes: Object.fromEntries(
              Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
            ),
          }),
          options,
        ),
      );
    }
  },
});
