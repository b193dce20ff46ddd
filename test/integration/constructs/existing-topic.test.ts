/** An alarm that Strongroom deploys reaches who subscribed to a topic that existed before, and that the catalog names by its ARN. */
import { CloudFormationClient, CreateStackCommand, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SignatureV4 } from '@smithy/signature-v4';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RotationAlarms } from '../../../lib/constructs/rotation-alarms/rotation-alarms.ts';
import { alertTopicOf } from '../../../lib/stacks/references.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { Sha256 } from '../../unit/gateway/signed.ts';

const account = '111122223333';
const region = 'eu-west-1';
const topic = `arn:aws:sns:${region}:${account}:noc`;

let aws: LocalAws;
let cloudFormation: CloudFormationClient;
let sqs: SQSClient;
const defects: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  const configuration = { endpoint: aws.endpoint, region, credentials: aws.accounts[account]! };
  cloudFormation = new CloudFormationClient(configuration);
  sqs = new SQSClient(configuration);
}, 300_000);

afterAll(async () => {
  cloudFormation.destroy();
  sqs.destroy();
  await aws.stop();
  expect(defects).toEqual([]);
});

const deploy = async (stack: Stack): Promise<void> => {
  const StackName = stack.stackName;
  // Without assets, so the version of the bootstrap stack does not matter.
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: object };
  const TemplateBody = JSON.stringify({ Resources });
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_IAM'] }));
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 240, minDelay: 1 }, { StackName });
};

/** As CloudWatch does when a metric reaches the threshold. */
const raise = async (alarm: string): Promise<void> => {
  const { host, hostname, port } = new URL(aws.endpoint);
  const body = new URLSearchParams({
    Action: 'SetAlarmState',
    Version: '2010-08-01',
    AlarmName: alarm,
    StateValue: 'ALARM',
    StateReason: 'Tried out',
  }).toString();
  const signer = new SignatureV4({
    credentials: aws.accounts[account]!,
    region,
    service: 'monitoring',
    sha256: Sha256,
  });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  const answer = await fetch(aws.endpoint, { method: 'POST', headers, body });
  expect({ status: answer.status, body: await answer.text() }).toMatchObject({ status: 200 });
};

it('an alarm reaches the queue that is subscribed to the topic of the contact', { timeout: 600_000 }, async () => {
  // GIVEN a topic of somebody else, with the policy that docs/catalog.md asks for
  const theirs = new Stack(new App(), 'noc', { env: { account, region } });
  const noc = new Topic(theirs, 'Topic', { topicName: 'noc' });
  noc.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic],
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  );
  noc.addSubscription(new SqsSubscription(new Queue(theirs, 'Queue', { queueName: 'noc' })));
  await deploy(theirs);
  // AND an application whose contact is that topic
  const alarms = new Stack(new App(), 'alarms', { env: { account, region } });
  const alertTopic = alertTopicOf(alarms, 'prod', { name: 'oncall', topic });
  new RotationAlarms(alarms, 'RotationAlarms', { environment: 'prod', application: 'payments', alertTopic });
  await deploy(alarms);
  // WHEN an alarm is raised
  await raise('strongroom-rotation-overdue/prod/payments');
  // THEN it arrives
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'noc' }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 }),
  );
  const bodies = Messages.map(({ Body = '' }) => JSON.parse(Body) as { TopicArn: string; Message: string });
  expect(bodies).toEqual([expect.objectContaining({ TopicArn: topic })]);
  expect(JSON.parse(bodies[0]?.Message ?? '{}')).toMatchObject({
    AlarmName: 'strongroom-rotation-overdue/prod/payments',
    NewStateValue: 'ALARM',
  });
});
