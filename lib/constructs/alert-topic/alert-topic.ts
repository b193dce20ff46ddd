/** Where alarms go: one encrypted topic for each contact of an environment. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Contact } from '../../catalog/model.ts';
import { alertTopicName } from '../../contract/index.ts';
import { acknowledge, acknowledgeItself } from '../../policy/acknowledge.ts';
import { markOwnStack } from '../../policy/own-stacks.ts';
import { administrateKey } from '../encryption-key/administrate-key.ts';

const cloudWatch = 'cloudwatch.amazonaws.com';

export interface AlertTopicProps {
  readonly environment: string;
  /** Gets an e-mail of SNS to confirm, once. */
  readonly contact: Contact;
  /** A key that CloudWatch may use, such as {@link AlertKey.key}. */
  readonly encryptionKey: IKey;
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

  constructor(scope: Construct, id: string, { environment, contact, encryptionKey }: AlertTopicProps) {
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
    topic.addSubscription(new EmailSubscription(contact.email));
    this.topic = topic;
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
        ],
      }),
    });
    acknowledgeItself(this.key, 'key');
    acknowledge(this.key, {
      'StrongroomPci-3.7.5-Retirement': 'Alerts are delivered within minutes: nothing lasting is encrypted with it.',
    });
  }
}
