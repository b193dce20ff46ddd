/** Where alarms go: one encrypted topic for each contact of an environment. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { SubscriptionProtocol, Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { emailsOf } from '../../model/contacts.ts';
import type { ContactWithTopic } from '../../model/catalog.ts';
import { alertTopicName } from '../../contract/index.ts';
import { acknowledge, acknowledgeItself } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { administrateKey } from '../encryption-key/administrate-key.ts';
import { topicArn } from '../arns.ts';
import { closeGrants, keyGrants, topicGrants } from '../close-grants.ts';
import { invalidProps } from '../invalid-props.ts';
import { ChatChannel, type ChatAccess } from './chat-channel.ts';

const cloudWatch = 'cloudwatch.amazonaws.com';

export interface AlertTopicProps {
  readonly environment: string;
  /** Each e-mail address gets an e-mail of SNS to confirm, once; a webhook gets a request to confirm. */
  readonly contact: ContactWithTopic;
  /** A key that CloudWatch may use, such as {@link AlertKey.key}. */
  readonly encryptionKey: IKey;
  /**
   * What the members of a chat may do. Needed for a contact with `slack` or `teams`.
   * @default - none
   */
  readonly chatAccess?: ChatAccess;
}

/**
 * Alarms of any stack refer to the topic by its name, `strongroom-<environment>-alerts-<contact>`.
 *
 * @example
 * const { key } = new AlertKey(stack, 'AlertKey', { environment: 'prod' });
 * const { topic } = new AlertTopic(stack, 'Oncall', {
 *   environment: 'prod',
 *   contact: { name: 'payments-oncall', email: 'payments-oncall@example.com' },
 *   encryptionKey: key,
 * });
 */
export class AlertTopic extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, { environment, contact, encryptionKey, chatAccess }: AlertTopicProps) {
    super(scope, id);
    markOwnStack(this);
    const topic = new Topic(this, 'Topic', {
      topicName: alertTopicName(environment, contact.name),
      displayName: `Strongroom ${environment}`,
      masterKey: encryptionKey,
      enforceSSL: true,
    });
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'PublishByAlarmsOfTheAccount',
        principals: [new ServicePrincipal(cloudWatch)],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    if ('email' in contact) {
      for (const address of emailsOf(contact)) topic.addSubscription(new EmailSubscription(address));
    } else if ('webhook' in contact) {
      topic.addSubscription(new UrlSubscription(contact.webhook, { protocol: SubscriptionProtocol.HTTPS }));
    } else if ('pagerduty' in contact) {
      // The construct PagerDuty subscribes its queue.
    } else if (chatAccess) {
      new ChatChannel(this, 'Chat', { environment, contact, topic, access: chatAccess });
    } else {
      throw invalidProps(this, `The contact ${contact.name} is a chat, and chatAccess is missing: make a ChatAccess`);
    }
    this.topic = closeGrants(
      topic,
      topicGrants,
      'alarms of the account publish to it, and addSubscription adds a receiver',
    );
  }
}

export interface AlertKeyProps {
  readonly environment: string;
}

/** The key of an environment's topics: CloudWatch can't publish to a topic under the AWS managed key. */
export class AlertKey extends Construct {
  readonly key: IKey;

  constructor(scope: Construct, id: string, { environment }: AlertKeyProps) {
    super(scope, id);
    markOwnStack(this);
    this.key = new Key(this, 'Key', {
      description: `Alerts of ${environment}`,
      enableKeyRotation: true,
      // Nothing lasting is encrypted with it.
      removalPolicy: RemovalPolicy.DESTROY,
      policy: new PolicyDocument({
        statements: [
          administrateKey(),
          new PolicyStatement({
            sid: 'PublishByAlarms',
            principals: [new ServicePrincipal(cloudWatch)],
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: ['*'],
            // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
            conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
          }),
          new PolicyStatement({
            sid: 'PublishByPrincipalsOfTheAccount',
            // The function that detects, and `strongroom alert test`. Each needs a policy of its own that allows it.
            principals: [new AccountRootPrincipal()],
            actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
            resources: ['*'],
            conditions: {
              StringEquals: { 'kms:ViaService': `sns.${Stack.of(this).region}.amazonaws.com` },
              StringLike: {
                'kms:EncryptionContext:aws:sns:topicArn': topicArn(this, alertTopicName(environment, '*')),
              },
            },
          }),
        ],
      }),
    });
    closeGrants(this.key, keyGrants, 'the key is for alarms that publish to an AlertTopic');
    acknowledgeItself(this.key, 'key');
    acknowledge(this.key, {
      'StrongroomPci-3.7.5-Retirement': 'Alerts are delivered within minutes: nothing lasting is encrypted with it.',
    });
  }
}
