/** What a topic sent to the queue: an alert of ours, or an alarm of CloudWatch. */
import * as z from 'zod/mini';
import { auditSeverities, detectionNames, type AlertMessage } from '../../lib/contract/index.ts';
import { InvalidEvent } from '../runtime/invalid-event.ts';
import { parseBy } from '../runtime/parse-by.ts';
import { parseMessage } from '../runtime/parse-json.ts';

export interface Alarm {
  readonly name: string;
  readonly arn: string;
  readonly description: string;
  readonly account: string;
  readonly region: string;
  readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
  readonly reason: string;
  /** ISO 8601. */
  readonly at: string;
  /** What it makes of missing data. Absent: a composite alarm, or not said. */
  readonly missingData?: string;
}

export type Notification = {
  /** ARN of the topic. */
  readonly topic: string;
} & ({ readonly kind: 'alert'; readonly alert: AlertMessage } | { readonly kind: 'alarm'; readonly alarm: Alarm });

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html: what AWS adds to it is dropped. */
const envelope = z.object({ Type: z.literal('Notification'), TopicArn: z.string(), Message: z.string() });

const text = z.string().check(z.maxLength(4_000));
const texts = z.array(text).check(z.maxLength(100));
const time = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})$/));

/** Ours: an unknown key is a mistake. */
const alert = z.strictObject({
  version: z.literal('1'),
  kind: z.enum(['detection', 'test']),
  uid: z.string().check(z.minLength(1), z.maxLength(255)),
  rule: z.enum([...detectionNames, 'test']),
  severity: z.enum(auditSeverities),
  title: text,
  message: text,
  at: time,
  environment: text,
  principal: text,
  from: text,
  secrets: texts,
  owners: texts,
  events: texts,
  runbook: text,
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html */
const alarm = z.object({
  AlarmName: z.string().check(z.minLength(1)),
  AlarmArn: z.string().check(z.regex(/^arn:[^:]+:cloudwatch:[^:]+:\d{12}:alarm:/)),
  AlarmDescription: z.optional(z.nullable(z.string())),
  AWSAccountId: z.string(),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  NewStateReason: z.optional(z.string()),
  StateChangeTime: time,
  Trigger: z.optional(z.object({ TreatMissingData: z.optional(z.string()) })),
});

/** @throws InvalidEvent if the body is neither. */
export const readNotification = (body: string): Notification => {
  const { TopicArn: topic, Message: message } = parseBy(envelope, parseMessage(body), 'The message of the topic');
  const value = parseMessage(message);
  if (typeof value !== 'object' || value === null) throw new InvalidEvent('The message is not an object');
  if ('AlarmArn' in value) return { topic, kind: 'alarm', alarm: alarmOf(parseBy(alarm, value, 'The alarm')) };
  return { topic, kind: 'alert', alert: parseBy(alert, value, 'The alert') };
};

const alarmOf = (given: z.output<typeof alarm>): Alarm => {
  // `- TreatMissingData:                    notBreaching` in earlier messages.
  const missingData = given.Trigger?.TreatMissingData?.match(/\w+\W*$/)?.[0].trim();
  return {
    name: given.AlarmName,
    arn: given.AlarmArn,
    description: given.AlarmDescription ?? '',
    account: given.AWSAccountId,
    region: given.AlarmArn.split(':')[3] ?? '',
    state: given.NewStateValue,
    reason: given.NewStateReason ?? '',
    at: given.StateChangeTime,
    ...(missingData !== undefined && { missingData }),
  };
};
