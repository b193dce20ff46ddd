/**
 * Delivers events to the deployed EventBridge rules over the wire: the emulator refuses events of `aws.*`.
 *
 * Rules, patterns and targets are the emulator's; what it does not do is deliver to rules in the state
 * ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS, ask the queue's policy, and use a dead-letter queue.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
 */
import { z } from 'zod';

import type { Authorize } from '../pipeline.ts';
import type { AwsRequest, Forward } from '../request.ts';
import { callJson, errorOf, jsonCall, serviceCall, serviceMay, type Scope } from '../service-call.ts';
import type { BusEvent } from './trail-record.ts';

const principal = 'events.amazonaws.com';

/** Which rules an event may reach, besides those whose pattern it matches. */
export type Reach =
  /** Rules in any enabled state. */
  | 'enabled'
  /** Reads of the management plane, and what the emulator delivers to plainly enabled rules by itself. */
  | 'all-management-events';

export interface EventDelivery {
  /** An event that a target refuses goes to its dead-letter queue. The other targets still get it. */
  deliver(event: BusEvent, reach: Reach): Promise<void>;
  /** Rules or targets were changed: they are looked up again. */
  forgetRules(): void;
}

const ruleSchema = z.looseObject({
  Name: z.string(),
  Arn: z.string(),
  State: z.string(),
  EventPattern: z.string().optional(),
  ScheduleExpression: z.string().optional(),
});
export type Rule = z.infer<typeof ruleSchema>;

const rulesSchema = z.looseObject({ Rules: z.array(ruleSchema), NextToken: z.string().optional() });

const transformerSchema = z.looseObject({
  InputPathsMap: z.record(z.string(), z.string()).optional(),
  InputTemplate: z.string(),
});

const targetSchema = z.looseObject({
  Id: z.string(),
  Arn: z.string(),
  Input: z.string().optional(),
  InputPath: z.string().optional(),
  InputTransformer: transformerSchema.optional(),
  DeadLetterConfig: z.looseObject({ Arn: z.string() }).optional(),
});
type Target = z.infer<typeof targetSchema>;

const targetsSchema = z.looseObject({ Targets: z.array(targetSchema) });

/** A deployment creates rules inside the emulator, unseen here: they are looked up again after this long. */
const rulesAgeMs = 1000;

export const createEventDelivery = (
  forward: Forward,
  authorize: Authorize,
  onError: (error: unknown) => void,
  now: () => number = Date.now,
): EventDelivery => {
  const cache = new Map<string, { readonly at: number; readonly rules: readonly Rule[] }>();

  const rulesOf = async (scope: Scope): Promise<readonly Rule[]> => {
    const key = `${scope.account}/${scope.region}`;
    const cached = cache.get(key);
    if (cached && now() - cached.at < rulesAgeMs) return cached.rules;
    const rules = await listRules(forward, scope);
    cache.set(key, { at: now(), rules });
    return rules;
  };

  return {
    forgetRules: () => {
      cache.clear();
    },
    deliver: async (event, reach) => {
      const scope = { account: event.account, region: event.region };
      for (const rule of await rulesOf(scope)) {
        if (!reaches(rule, reach) || !(await matches(forward, scope, rule, event))) continue;
        await deliverToTargets({ forward, authorize, scope, rule }, event, onError);
      }
    },
  };
};

/** The rules on the default bus of an account. */
export const listRules = async (forward: Forward, scope: Scope): Promise<readonly Rule[]> => {
  const rules: Rule[] = [];
  let token: string | undefined;
  do {
    const page = rulesSchema.parse(
      await callJson(forward, jsonCall(scope, principal, 'events', 'ListRules', token ? { NextToken: token } : {})),
    );
    rules.push(...page.Rules);
    token = page.NextToken;
  } while (token !== undefined);
  return rules;
};

/** Takes an event to every target of a rule. */
export const deliverToTargets = async (
  delivery: Delivery,
  event: BusEvent,
  onError: (error: unknown) => void,
): Promise<void> => {
  const { forward, scope, rule } = delivery;
  const { Targets } = targetsSchema.parse(
    await callJson(forward, jsonCall(scope, principal, 'events', 'ListTargetsByRule', { Rule: rule.Name })),
  );
  for (const target of Targets) await deliverTo(delivery, target, event).catch(onError);
};

const allManagementEvents = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

const reaches = ({ State, EventPattern }: Rule, reach: Reach): boolean =>
  EventPattern !== undefined &&
  EventPattern !== '' &&
  (State === allManagementEvents || (reach === 'enabled' && State === 'ENABLED'));

const patternSchema = z.looseObject({
  source: z.array(z.unknown()).optional(),
  'detail-type': z.array(z.unknown()).optional(),
});

const matches = async (
  forward: Forward,
  scope: Scope,
  { EventPattern = '' }: Rule,
  event: BusEvent,
): Promise<boolean> => {
  const pattern = patternSchema.parse(JSON.parse(EventPattern));
  // Most events concern no rule: their plain source and type say so without a question.
  if (excludes(pattern.source, event.source) || excludes(pattern['detail-type'], event['detail-type'])) return false;
  const { Result } = await callJson(
    forward,
    jsonCall(scope, principal, 'events', 'TestEventPattern', { EventPattern, Event: JSON.stringify(event) }),
  );
  return Result === true;
};

const excludes = (alternatives: readonly unknown[] | undefined, value: string): boolean =>
  alternatives?.every((alternative) => typeof alternative === 'string' && alternative !== value) === true;

export interface Delivery {
  readonly forward: Forward;
  readonly authorize: Authorize;
  readonly scope: Scope;
  readonly rule: Rule;
}

const deliverTo = async (delivery: Delivery, target: Target, event: BusEvent): Promise<void> => {
  const failure = await send(delivery, target.Arn, inputFor(target, event), {});
  if (failure === undefined || target.DeadLetterConfig === undefined) return;
  await send(delivery, target.DeadLetterConfig.Arn, JSON.stringify(event), {
    RULE_ARN: delivery.rule.Arn,
    TARGET_ARN: target.Arn,
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message,
  });
};

/** Why the target did not take it; `undefined` when it did. */
const send = async (
  { forward, authorize, scope, rule }: Delivery,
  arn: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
): Promise<{ readonly code: string; readonly message: string } | undefined> => {
  const request = targetCall(scope, arn, body, attributes);
  if (!(await serviceMay(authorize, request, rule.Arn)))
    return { code: 'NO_PERMISSIONS', message: `${principal} may not reach ${arn}` };
  const response = await forward(request);
  return response.status < 400 ? undefined : errorOf(response);
};

const targetCall = (
  scope: Scope,
  arn: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
): AwsRequest => {
  const [, , service = '', region = '', account = '', ...resource] = arn.split(':');
  const at = { account, region };
  switch (service) {
    case 'sqs':
      return jsonCall(at, principal, 'sqs', 'SendMessage', {
        QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${resource.join(':')}`,
        MessageBody: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
        ),
      });
    case 'lambda':
      return serviceCall({
        ...at,
        principal,
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: arn },
        method: 'POST',
        url: `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`,
        headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'Event' },
        body: Buffer.from(body),
      });
    case 'sns':
      return snsPublish(at, arn, body);
    default:
      throw new Error(`Events of CloudTrail are not taken to a target of ${service} here: ${arn} (${scope.account})`);
  }
};

const snsPublish = (scope: Scope, topicArn: string, message: string): AwsRequest =>
  serviceCall({
    ...scope,
    principal,
    service: 'sns',
    operation: 'Publish',
    input: { TopicArn: topicArn },
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(
      new URLSearchParams({
        Action: 'Publish',
        Version: '2010-03-31',
        TopicArn: topicArn,
        Message: message,
      }).toString(),
    ),
  });

const inputFor = (target: Target, event: BusEvent): string => {
  if (target.InputTransformer !== undefined) return transformed(target.InputTransformer, event);
  if (target.Input !== undefined) return target.Input;
  return target.InputPath === undefined ? JSON.stringify(event) : JSON.stringify(valueAt(target.InputPath, event));
};

/** A placeholder is a value of its own, not a part of a text. */
const transformed = ({ InputPathsMap, InputTemplate }: z.infer<typeof transformerSchema>, event: BusEvent): string =>
  InputTemplate.replace(/<([A-Za-z0-9_-]+)>/g, (_, name: string) =>
    JSON.stringify(valueAt(InputPathsMap?.[name] ?? '', event) ?? ''),
  );

const valueAt = (path: string, event: BusEvent): unknown =>
  path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter((part) => part !== '')
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], event);
