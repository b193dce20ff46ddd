import { CreateQueueCommand, ReceiveMessageCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DisableRuleCommand, EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';

const account = '111122223333';
const region = 'eu-west-1';
const hourMs = 3_600_000;

let aws: LocalAws;
let events: EventBridgeClient;
let sqs: SQSClient;
const defects: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  events = new EventBridgeClient(configuration);
  sqs = new SQSClient(configuration);
});

afterAll(async () => {
  events.destroy();
  sqs.destroy();
  await aws.stop();
  expect(defects).toEqual([]);
});

/** An hourly rule with a queue that its policy opens to the rule. */
const hourly = async (name: string, { mayReach = true } = {}) => {
  const { RuleArn } = await events.send(new PutRuleCommand({ Name: name, ScheduleExpression: 'rate(1 hour)' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const Arn = `arn:aws:sqs:${region}:${account}:${name}`;
  const policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: Arn,
      Condition: { ArnEquals: { 'aws:SourceArn': RuleArn } },
    },
  };
  if (mayReach) {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy: JSON.stringify(policy) } }));
  }
  await events.send(
    new PutTargetsCommand({ Rule: name, Targets: [{ Id: 'queue', Arn, Input: JSON.stringify({ Action: 'sweep' }) }] }),
  );
  return {
    received: async (): Promise<unknown[]> => {
      await aws.scheduledRules.settled();
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      return Messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
    },
  };
};

describe('an hourly rule', () => {
  it('fires with its own input once an hour has passed on the moved clock, and not before', async () => {
    const { received } = await hourly('sweep');

    aws.clock.advance(hourMs / 2);
    expect(await received()).toEqual([]);
    aws.clock.advance(hourMs / 2);
    expect(await received()).toEqual([{ Action: 'sweep' }]);
    aws.clock.advance(24 * hourMs);
    expect(await received()).toEqual([{ Action: 'sweep' }]);
  });

  it('counts from when it was made, however far the clock was moved before', async () => {
    aws.clock.advance(5 * hourMs);
    const { received } = await hourly('late');
    aws.clock.advance(hourMs / 2);
    expect(await received()).toEqual([]);
  });

  it('reaches no target whose policy does not let it, and is still while it is disabled', async () => {
    const closed = await hourly('closed', { mayReach: false });
    const disabled = await hourly('disabled');
    await events.send(new DisableRuleCommand({ Name: 'disabled' }));

    aws.clock.advance(2 * hourMs);

    expect([await closed.received(), await disabled.received()]).toEqual([[], []]);
  });
});
