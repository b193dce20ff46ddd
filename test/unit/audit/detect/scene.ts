/** A declared environment, and records of who did what in it. */
import type { DeclaredAccess, DetectionName } from '../../../../lib/contract/index.ts';
import { createDeclared } from '../../../../lambdas/audit/detect/facts/declared.ts';
import { detect } from '../../../../lambdas/audit/detect/detector.ts';
import type { Detection } from '../../../../lambdas/audit/detect/facts/detection.ts';
import { createMemoryState } from '../../../../lambdas/audit/detect/state/memory-state.ts';
import type { ApiActivity } from '../../../../lambdas/audit/normalise/api-activity.ts';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';

export const account = '111122223333';
export const key = '1234abcd-12ab-34cd-56ef-1234567890ab';
export const iam = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const secretArn = (name: string, region = 'eu-west-1'): string =>
  `arn:aws:secretsmanager:${region}:${account}:secret:${name}-a1B2c3`;

export const roles = {
  api: iam('prod-payments-api'),
  worker: iam('prod-payments-worker'),
  rotation: iam('strongroom-prod-rotation-postgres'),
  breakGlass: iam('strongroom-prod-break-glass'),
  operator: iam('platform-operator'),
  people: `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_Support_????????????????`,
  deployer: iam('cdk-hnb659fds-cfn-exec-role-111122223333-eu-west-1'),
  watch: iam('strongroom-prod-watch'),
};
const order = Object.keys(roles) as (keyof typeof roles)[];
const indexes = (...names: (keyof typeof roles)[]): number[] => names.map((name) => order.indexOf(name));

export const many = Array.from({ length: 200 }, (_, index) => `prod/payments/key-${index}`);

export const access: DeclaredAccess = {
  environment: 'prod',
  account,
  production: true,
  roles: [
    { arn: roles.api, as: 'consumer', runsOn: 'ecs', vpcEndpoints: ['vpce-0aaaaaaaaaaaaaaaa'] },
    { arn: roles.worker, as: 'consumer', runsOn: 'lambda' },
    { arn: roles.rotation, as: 'rotation', session: 'strongroom-prod-rotation-postgres' },
    { arn: roles.breakGlass, as: 'break-glass' },
    { arn: roles.operator, as: 'operator' },
    { arn: roles.people, as: 'consumer', runsOn: 'people' },
    { arn: roles.deployer, as: 'deployer' },
    { arn: roles.watch, as: 'platform' },
  ],
  secrets: {
    'prod/payments/orders-db': {
      application: 'payments',
      owner: 'team-payments',
      readers: indexes('api', 'worker', 'rotation', 'breakGlass', 'people'),
      rotators: indexes('rotation'),
      regions: ['eu-west-1', 'eu-central-1'],
      graceMs: 86_400_000,
    },
    'prod/payments/admin-db': {
      application: 'payments',
      owner: 'team-payments',
      readers: indexes('rotation', 'breakGlass'),
      rotators: indexes('rotation'),
      regions: ['eu-west-1'],
    },
    'prod/payments/bait': {
      application: 'payments',
      owner: 'team-security',
      readers: [],
      rotators: [],
      regions: ['eu-west-1'],
      honey: true,
    },
    ...Object.fromEntries(
      many.map((name) => [
        name,
        {
          application: 'payments',
          owner: 'team-payments',
          readers: indexes('worker', 'breakGlass'),
          rotators: [],
          regions: ['eu-west-1'],
        },
      ]),
    ),
  },
  auditResources: [
    'strongroom-prod-audit',
    'strongroom-prod-audit-siem',
    'strongroom-prod-audit-dead-letters',
    'strongroom-prod-trail-files',
  ],
};

export interface Call {
  readonly role?: string;
  /** A user instead of a role. */
  readonly user?: string;
  readonly session?: string;
  readonly service?: string;
  readonly operation?: string;
  readonly secret?: string;
  readonly region?: string;
  readonly request?: Record<string, unknown>;
  readonly error?: string;
  readonly ip?: string;
  readonly endpoint?: string | null;
  readonly invokedBy?: string;
  readonly resources?: readonly Record<string, unknown>[];
  /** Milliseconds after the start. */
  readonly at?: number;
  /** An event that is no record of CloudTrail. */
  readonly label?: string;
  readonly heartbeat?: true;
}

export const start = Date.parse('2026-03-02T08:00:00Z');
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

let count = 0;
const uuid = (): string => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`;

const sessionOf = (role: string): string =>
  role === roles.api ? '0123456789abcdef0123456789abcdef' : (role.split('/').at(-1) ?? 'session');

const identityOf = ({ role = roles.api, user, session, invokedBy }: Call): Record<string, unknown> =>
  user === undefined
    ? {
        type: 'AssumedRole',
        arn: `arn:aws:sts::${account}:assumed-role/${role.split('/').at(-1) ?? ''}/${session ?? sessionOf(role)}`,
        accountId: account,
        principalId: 'AROAEXAMPLE:session',
        sessionContext: {
          sessionIssuer: { type: 'Role', arn: role, accountId: account, userName: role.split('/').at(-1) },
        },
        ...(invokedBy !== undefined && { invokedBy }),
      }
    : { type: 'IAMUser', arn: `arn:aws:iam::${account}:user/${user}`, accountId: account, userName: user };

const recordOf = (call: Call): Record<string, unknown> => {
  const { service = 'secretsmanager', operation = 'GetSecretValue', secret = 'prod/payments/orders-db' } = call;
  const region = call.region ?? 'eu-west-1';
  const endpoint = call.endpoint === undefined ? 'vpce-0aaaaaaaaaaaaaaaa' : call.endpoint;
  const isSecretCall = service === 'secretsmanager' && secret !== '';
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(call),
    eventTime: new Date(start + (call.at ?? 0)).toISOString(),
    eventSource: `${service}.amazonaws.com`,
    eventName: operation,
    awsRegion: region,
    sourceIPAddress: call.ip ?? '10.0.1.7',
    userAgent: 'aws-sdk-js/3.1162.0',
    requestParameters: { ...(isSecretCall && { secretId: secretArn(secret, region) }), ...call.request },
    responseElements: null,
    requestID: uuid(),
    eventID: uuid(),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
    ...(endpoint !== null && { vpcEndpointId: endpoint }),
    ...(call.error !== undefined && { errorCode: call.error, errorMessage: 'refused' }),
    ...(call.resources && { resources: call.resources }),
  };
};

const bodyOf = (call: Call): Record<string, unknown> => {
  const common = {
    version: '0',
    id: uuid(),
    account,
    region: 'eu-west-1',
    time: new Date(start + (call.at ?? 0)).toISOString(),
  };
  if (call.heartbeat)
    return {
      ...common,
      'detail-type': 'Strongroom Audit Heartbeat',
      source: 'strongroom.audit',
      resources: [],
      detail: {},
    };
  if (call.label !== undefined) {
    const name = call.secret ?? 'prod/payments/orders-db';
    return {
      ...common,
      'detail-type': 'Secret Label Updated',
      source: 'aws.secretsmanager',
      resources: [secretArn(name)],
      detail: { name, labelUpdated: call.label, versionId: '0a8f7b5c-1d2e-4f3a-9b8c-7d6e5f4a3b2c' },
    };
  }
  return {
    ...common,
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${call.service ?? 'secretsmanager'}`,
    resources: [],
    detail: recordOf(call),
  };
};

/** The call as the normaliser gives it. */
export const eventOf = (call: Call): ApiActivity => normalise(JSON.stringify(bodyOf(call)));

/** What the detector says of a sequence of calls, one list for each. */
export const detectAll = (
  calls: readonly Call[],
  more: Partial<Parameters<typeof detect>[1]> = {},
): Promise<Detection[][]> => detectEvents(calls.map(eventOf), more);

export const detectEvents = async (
  events: readonly ApiActivity[],
  more: Partial<Parameters<typeof detect>[1]> = {},
): Promise<Detection[][]> => {
  const options = { declared: createDeclared(access), state: createMemoryState(), suppressions: [], ...more };
  const found: Detection[][] = [];
  for (const event of events) {
    found.push([...(await detect(event, options))]);
  }
  return found;
};

/** How often a rule speaks in a sequence of calls. */
export const timesFound = async (rule: DetectionName, calls: readonly Call[]): Promise<number> =>
  (await detectAll(calls)).flat().filter((detection) => detection.rule === rule).length;
