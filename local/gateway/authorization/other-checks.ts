/** What calls of the other services need of the policies: the resource that each names. */
import type { AwsRequest } from '../request.ts';
import { scopeOf, text, type Check, type Checks } from './check.ts';

const inputText = (request: AwsRequest, ...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const value = text(request.input[name]);
    if (value !== undefined) return value;
  }
  return undefined;
};

export const lambdaChecks: Checks = async (request, deployed) => {
  const named = inputText(request, 'FunctionName', 'Resource');
  if (named === undefined) return undefined;
  const scope = scopeOf(request, named);
  // A name, a partial ARN (account:function:name) or an ARN, each perhaps with a qualifier.
  const match = /^(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?(?:function:)?([^:]+)(?::([^:]+))?$/.exec(named);
  if (!match) return undefined;
  const [, name = '', inName] = match;
  const qualifier = inName ?? inputText(request, 'Qualifier');
  const arn = `arn:aws:lambda:${scope.region}:${scope.account}:function:${name}`;
  return [
    {
      action: `lambda:${request.operation === 'Invoke' ? 'InvokeFunction' : request.operation}`,
      resource: {
        arn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
        account: scope.account,
        policy: await deployed.functionPolicy(scope, name, qualifier),
      },
    },
  ];
};

/** A batch needs the permission of the single call. */
const sqsActions: Readonly<Record<string, string>> = {
  SendMessageBatch: 'SendMessage',
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
};

export const sqsChecks: Checks = async (request, deployed) => {
  const url = inputText(request, 'QueueUrl');
  const name = url?.split('/').at(-1) ?? inputText(request, 'QueueName');
  if (name === undefined) return undefined;
  const account = url?.split('/').at(-2) ?? request.caller.account;
  const { region } = request;
  return [
    {
      action: `sqs:${sqsActions[request.operation] ?? request.operation}`,
      resource: {
        arn: `arn:aws:sqs:${region}:${account}:${name}`,
        account,
        policy: url === undefined ? undefined : await deployed.queuePolicy({ account, region }, name),
      },
    },
  ];
};

export const cloudFormationChecks: Checks = async (request, deployed) => {
  const named = inputText(request, 'StackName', 'StackId', 'ChangeSetName');
  const { account, region } = scopeOf(request);
  const arn =
    named === undefined || named.startsWith('arn:')
      ? (named ?? '*')
      : `arn:aws:cloudformation:${region}:${account}:stack/${named}/00000000-0000-0000-0000-000000000000`;
  const passed = inputText(request, 'RoleARN');
  const role = passed === undefined ? undefined : await deployed.role(passed);
  const checks: Check[] = [{ action: `cloudformation:${request.operation}`, resource: { arn: stackOf(arn), account } }];
  if (passed !== undefined) {
    checks.push({
      action: 'iam:PassRole',
      resource: { arn: passed, account: scopeOf(request, passed).account, tags: role?.tags ?? {} },
      context: { 'iam:PassedToService': 'cloudformation.amazonaws.com' },
    });
  }
  return checks;
};

/** A change set is its stack's, as far as actions on stacks go; its ARN does not tell which. */
const stackOf = (arn: string): string => arn.replace(/:changeSet\//, ':stack/');

/** Services whose resources have no policy: the ARN follows from the input. */
const arnOf: Readonly<Record<string, (request: AwsRequest) => string | undefined>> = {
  ssm: (request) => {
    const name = inputText(request, 'Name') ?? (request.input['Names'] as readonly unknown[] | undefined)?.map(text)[0];
    return name === undefined ? undefined : `ssm:parameter/${name.replace(/^\//, '')}`;
  },
  rds: (request) => {
    const instance = inputText(request, 'DBInstanceIdentifier');
    const cluster = inputText(request, 'DBClusterIdentifier');
    if (request.operation.includes('Cluster')) return `rds:cluster:${cluster ?? '*'}`;
    return request.operation.includes('DBInstance') ? `rds:db:${instance ?? '*'}` : undefined;
  },
  elasticache: (request) => `elasticache:user:${inputText(request, 'UserId') ?? '*'}`,
  memorydb: (request) => `memorydb:user/${inputText(request, 'UserName') ?? '*'}`,
  logs: (request) => {
    const group = inputText(request, 'logGroupName');
    if (group === undefined) return request.operation === 'DescribeLogGroups' ? 'logs:log-group:*' : undefined;
    const stream = inputText(request, 'logStreamName');
    return stream === undefined ? `logs:log-group:${group}:*` : `logs:log-group:${group}:log-stream:${stream}`;
  },
  events: (request) => {
    if (request.operation === 'PutEvents') return 'events:event-bus/default';
    const rule = inputText(request, 'Name', 'Rule');
    return rule === undefined ? undefined : `events:rule/${rule}`;
  },
  iam: (request) => {
    const role = inputText(request, 'RoleName');
    return role === undefined ? undefined : `iam:role/${role}`;
  },
  cloudtrail: (request) => {
    const trail = inputText(request, 'Name', 'TrailName');
    return trail === undefined ? undefined : `cloudtrail:trail/${trail.split('/').at(-1) ?? ''}`;
  },
  sns: (request) => {
    const topic = inputText(request, 'TopicArn');
    return topic
      ?.split(':')
      .slice(-1)
      .map((name) => `sns:${name}`)[0];
  },
};

export const otherChecks: Checks = (request) => {
  const tail = arnOf[request.service]?.(request);
  if (tail === undefined) return Promise.resolve(undefined);
  const [service = '', ...resource] = tail.split(':');
  const { account, region } = scopeOf(request);
  const arn = ['arn', 'aws', service, service === 'iam' ? '' : region, account, ...resource].join(':');
  return Promise.resolve([{ action: `${service}:${request.operation}`, resource: { arn, account } }]);
};
