/** A CDK app of a rotation and its secrets, for the test that deploys and changes it. What to make is in FIRST_ROTATION. */
import { App, Stack } from 'aws-cdk-lib';
import {
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
  /** Secrets by name. The user of the database has the same name. */
  readonly secrets: Readonly<Record<string, { readonly scheduled: boolean; readonly adopted?: string }>>;
}

const request = JSON.parse(process.env['FIRST_ROTATION'] ?? '') as AppRequest;
const { account, region, schedule } = request;
const stack = new Stack(new App(), 'rotation', { env: { account, region } });
const { key } = new EncryptionKey(stack, 'Key', { environment: 'dev', sensitivity: 'standard' });
const rotation = new DatabaseRotation(stack, 'Rotation', {
  environment: 'dev',
  engine: 'postgres',
  encryptionKeys: [key],
});
for (const [name, { scheduled, adopted }] of Object.entries(request.secrets)) {
  const props: ManagedSecretProps = {
    environment: 'dev',
    application: 'payments',
    name,
    class: 'database',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: key,
    database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: name },
    ...(adopted !== undefined && { adopted: { arn: adopted } }),
    ...(!scheduled && { rotatedManually: 'a test' }),
  };
  const secret = new ManagedSecret(stack, name, props);
  if (!scheduled) continue;
  rotation.addSchedule(secret, {
    strategy: 'single-user',
    schedule,
    admin: { managedBy: 'rds' },
    provision: { grants: { public: 'read-write' } },
  });
}
