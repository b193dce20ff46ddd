/** A CDK app of a rotation and its secrets, for the test that deploys and changes it. What to make is in FIRST_ROTATION. */
import { App, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  Consumer,
  DatabaseRotation,
  EncryptionKey,
  ManagedSecret,
  type ManagedSecretProps,
  type RotationSchedule,
} from '../../../lib/index.ts';

export interface AppRequest {
  readonly account: string;
  readonly region: string;
  readonly schedule: RotationSchedule;
  /** Networks beside the default one. */
  readonly networks?: readonly string[];
  /** Secrets by name. The user of the database has the same name. */
  readonly secrets: Readonly<
    Record<
      string,
      { readonly scheduled: boolean; readonly adopted?: string; readonly network?: string; readonly named?: string }
    >
  >;
}

const request = JSON.parse(process.env['FIRST_ROTATION'] ?? '') as AppRequest;
const { account, region, schedule } = request;
const stack = new Stack(new App(), 'rotation', { env: { account, region } });
/** Some begin with a slash, and one has a name of its own. */
const secretNames = {
  prefixes: ['dev/', '/dev/'],
  others: Object.values(request.secrets)
    .flatMap((one) => one.named ?? [])
    .filter((name) => !name.startsWith('/dev/')),
};
const { key } = new EncryptionKey(stack, 'Key', { environment: 'dev', secretNames, sensitivity: 'standard' });
const reader = new Consumer(stack, 'Reader', {
  environment: 'dev',
  application: 'payments',
  name: 'reader',
  role: new Role(stack, 'ReaderRole', { roleName: 'reader', assumedBy: new AccountRootPrincipal() }),
});
const operators = [Role.fromRoleArn(stack, 'Operator', `arn:aws:iam::${account}:role/operator`)];
const rotationIn = (network?: string): DatabaseRotation => {
  const id = network === undefined ? 'Rotation' : `Rotation-${network}`;
  const known = stack.node.tryFindChild(id);
  return known instanceof DatabaseRotation
    ? known
    : new DatabaseRotation(stack, id, {
        environment: 'dev',
        engine: 'postgres',
        secretNames,
        encryptionKeys: [key],
        ...(network !== undefined && {
          network,
          vpc: Vpc.fromVpcAttributes(stack, `Vpc-${network}`, {
            vpcId: 'vpc-0123456789abcdef0',
            availabilityZones: [`${region}a`],
            privateSubnetIds: ['subnet-0123456789abcdef0'],
          }),
        }),
      });
};
for (const network of [undefined, ...(request.networks ?? [])]) rotationIn(network);
for (const [name, { scheduled, adopted, network, named }] of Object.entries(request.secrets)) {
  const props: ManagedSecretProps = {
    environment: 'dev',
    application: 'payments',
    name,
    secretNames,
    ...(named !== undefined && { secretName: named }),
    class: 'database',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: key,
    operators,
    database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: name },
    ...(adopted !== undefined && { adopted: Secret.fromSecretCompleteArn(stack, `Adopted-${name}`, adopted) }),
    ...(!scheduled && { rotatedManually: 'a test' }),
  };
  const secret = new ManagedSecret(stack, name, props);
  if (named !== undefined) secret.grantRead(reader);
  if (!scheduled) continue;
  rotationIn(network).addSchedule(secret, {
    strategy: 'single-user',
    schedule,
    admin: { managedBy: 'rds' },
    provision: { grants: { public: 'read-write' } },
  });
}
