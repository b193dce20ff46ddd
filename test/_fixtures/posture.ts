/** One declared secret and the account as its deployment leaves it: without a finding. */
import type {
  Asked,
  DeclaredPosture,
  DeclaredSecretPosture,
  LiveAccount,
  LiveKey,
  LiveSecret,
} from '../../lib/contract/index.ts';
import { policyMeanings } from '../../lib/contract/index.ts';

export const hour = 3_600_000;
export const day = 24 * hour;
/** 2026-11-30, in the middle of the day. */
export const now = Date.parse('2026-11-30T12:00:00Z');

export const secretName = 'prod/payments/orders-db';
export const secretArn = `arn:aws:secretsmanager:eu-west-1:111122223333:secret:${secretName}-AbCdEf`;
export const rotationFunction = 'arn:aws:lambda:eu-west-1:111122223333:function:strongroom-prod-rotation-postgres';
export const keyArn = 'arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555';
export const alias = 'alias/strongroom/prod/standard';

export const policy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'ReadByDeclaredReaders',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'secretsmanager:GetSecretValue',
      Resource: '*',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::111122223333:role/prod-payments-api'] } },
    },
    {
      Sid: 'DescribeByWatch',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111122223333:role/strongroom-prod-watch' },
      Action: 'secretsmanager:DescribeSecret',
      Resource: '*',
    },
  ],
};

export const declaredSecret: DeclaredSecretPosture = {
  application: 'payments',
  owner: 'team-payments',
  class: 'database',
  rotation: {
    functionArn: rotationFunction,
    expression: 'rate(30 days)',
    duration: '2h',
    everyHours: 720,
    overdueAfterHours: 722,
    atCreation: true,
  },
  tags: { 'strongroom:environment': 'prod', 'strongroom:secret': 'orders-db', 'cost-centre': '42' },
  key: alias,
  policy: [0, 1],
};

export const declaredPosture = (
  secret: DeclaredSecretPosture = declaredSecret,
  more: Partial<DeclaredPosture> = {},
): DeclaredPosture => ({
  environment: 'prod',
  account: '111122223333',
  region: 'eu-west-1',
  secrets: { [secretName]: secret },
  statements: policyMeanings(policy) ?? [],
  prefixes: ['prod/'],
  neighbours: { prefixes: [], names: [] },
  ...more,
});

export const liveSecret: LiveSecret = {
  arn: secretArn,
  name: secretName,
  keyId: alias,
  createdAt: now - 200 * day,
  lastRotatedAt: now - 10 * day,
  lastChangedAt: now - 10 * day,
  nextRotationAt: now + 20 * day,
  lastReadAt: now - (now % day),
  tags: { ...declaredSecret.tags, 'aws:cloudformation:stack-name': 'strongroom-prod-payments' },
  rotation: { functionArn: rotationFunction, expression: 'rate(30 days)', duration: '2h' },
  versions: 2,
};

export const liveKey: LiveKey = { arn: keyArn, state: 'Enabled' };

export interface LiveOptions {
  readonly secrets?: readonly LiveSecret[];
  readonly policy?: Asked<string | undefined>;
  readonly key?: Asked<LiveKey | undefined>;
  readonly otherKeys?: Readonly<Record<string, Asked<LiveKey | undefined>>>;
}

export const liveAccount = (
  { secrets = [liveSecret], policy: asked = { answer: JSON.stringify(policy) }, key, otherKeys = {} }: LiveOptions = {},
  more: Partial<LiveAccount> = {},
): LiveAccount => ({
  isComplete: true,
  secrets,
  missing: [],
  policies: new Map(secrets.map(({ arn }) => [arn, asked])),
  keys: new Map([[alias, key ?? { answer: liveKey }], ...Object.entries(otherKeys)]),
  notAsked: [],
  ...more,
});
