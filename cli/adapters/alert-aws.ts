/** Topics of contacts: the SDK's clients, with the caller's credentials. */
import { paginateListSubscriptionsByTopic, PublishCommand, SNSClient } from '@aws-sdk/client-sns';

import type { AlertAws, Subscription } from '../operators/alert/ports.ts';
import { callAws } from './aws-errors.ts';
import { clientOptions, connectAws } from './operator-aws.ts';

export const connectAlerts = (region: string): AlertAws => {
  const operator = connectAws(region);
  const sns = new SNSClient({ ...clientOptions, region });
  return {
    whoAmI: () => operator.whoAmI(),
    publish: async (TopicArn, { subject, message, attributes }) => {
      const command = new PublishCommand({
        TopicArn,
        Subject: subject,
        Message: message,
        MessageStructure: 'json',
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, text]) => [name, { DataType: 'String', StringValue: text }]),
        ),
      });
      const { MessageId: id = '' } = await callAws(`publish to ${TopicArn} (sns:Publish)`, () => sns.send(command));
      return id;
    },
    subscriptions: (TopicArn) =>
      callAws(`list the receivers of ${TopicArn} (sns:ListSubscriptionsByTopic)`, async () => {
        const found: Subscription[] = [];
        for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })) {
          for (const { Protocol: protocol = '', Endpoint: endpoint = '', SubscriptionArn: arn = '' } of Subscriptions) {
            found.push({ protocol, endpoint, confirmed: arn.startsWith('arn:') });
          }
        }
        return found;
      }),
    close: () => {
      operator.close();
      sns.destroy();
    },
  };
};
