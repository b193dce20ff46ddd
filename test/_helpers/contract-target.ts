/**
 * What the contract test runs against: the local gateway and emulator, or a real account with
 * `STRONGROOM_CONTRACT_TARGET=aws` (region and credentials from the SDK's own chain, administrator's rights, and an
 * RDS instance with a managed master password in `STRONGROOM_CONTRACT_RDS`).
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

import { startLocalAws } from '../../local/aws.ts';
import type { ClientConfiguration } from './deployed-function.ts';

export interface ContractTarget {
  readonly name: 'local' | 'aws';
  readonly account: string;
  readonly region: string;
  /** Configuration of the administrator's clients. */
  readonly configuration: ClientConfiguration;
  /** Identifier of an RDS instance whose master password RDS manages. */
  readonly rdsInstance: string;
  /** A name that no other run uses. */
  unique(word: string): string;
  /** Configuration of the clients of a new role, which the administrator may assume. */
  role(name: string, statements: readonly object[]): Promise<ClientConfiguration & { readonly arn: string }>;
  /** Is called at the end, last one first. */
  onStop(cleanUp: () => Promise<unknown>): void;
  stop(): Promise<void>;
}

export const startContractTarget = async (): Promise<ContractTarget> => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  const base = process.env['STRONGROOM_CONTRACT_TARGET'] === 'aws' ? await awsTarget() : await localTarget(cleanUps);
  const run = randomBytes(4).toString('hex');
  return {
    ...base,
    unique: (word) => `strongroom-contract-${run}-${word}`,
    role: (name, statements) => createRole(base, name, statements, cleanUps),
    onStop: (cleanUp) => cleanUps.push(cleanUp),
    stop: async () => {
      const failures: unknown[] = [];
      for (const cleanUp of cleanUps.splice(0).reverse())
        await cleanUp().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw new AggregateError(failures, 'The contract test did not clean up');
    },
  };
};

/**
 * Asks until the answer holds: AWS takes some seconds until what was written is seen everywhere.
 * @throws what the last try threw, after two minutes
 */
export const eventually = async <T>(ask: () => Promise<T>, forMs = 120_000): Promise<T> => {
  const deadline = Date.now() + forMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
};

type Base = Pick<ContractTarget, 'name' | 'account' | 'region' | 'configuration' | 'rdsInstance'>;

const localTarget = async (cleanUps: (() => Promise<unknown>)[]): Promise<Base> => {
  const account = '111122223333';
  const region = 'eu-west-1';
  const defects: unknown[] = [];
  const aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  cleanUps.push(async () => {
    await aws.stop();
    if (defects.length > 0) throw new AggregateError(defects, 'The gateway had defects');
  });
  await aws.rds.register({
    account,
    identifier: 'contract',
    engine: 'postgres',
    host: '127.0.0.1',
    port: 5432,
    dbname: 'contract',
    adminUser: 'postgres',
    adminPassword: 'not used',
    manageMasterUserPassword: true,
  });
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  return { name: 'local', account, region, rdsInstance: 'contract', configuration };
};

const awsTarget = async (): Promise<Base> => {
  const region = process.env['AWS_REGION'];
  const rdsInstance = process.env['STRONGROOM_CONTRACT_RDS'];
  if (region === undefined || rdsInstance === undefined) {
    throw new Error(
      'STRONGROOM_CONTRACT_TARGET=aws needs AWS_REGION and STRONGROOM_CONTRACT_RDS (an instance identifier)',
    );
  }
  const sts = new STSClient({ region });
  const { Account: account = '' } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  return { name: 'aws', account, region, rdsInstance, configuration: { region } };
};

const createRole = async (
  { account, configuration }: Base,
  name: string,
  statements: readonly object[],
  cleanUps: (() => Promise<unknown>)[],
): Promise<ClientConfiguration & { readonly arn: string }> => {
  const iam = new IAMClient(configuration);
  const sts = new STSClient(configuration);
  cleanUps.push(async () => {
    await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'allow' }));
    await iam.send(new DeleteRoleCommand({ RoleName: name }));
    iam.destroy();
    sts.destroy();
  });
  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: policyDocument([trust]) }),
  );
  const arn = Role?.Arn ?? '';
  await iam.send(
    new PutRolePolicyCommand({ RoleName: name, PolicyName: 'allow', PolicyDocument: policyDocument(statements) }),
  );
  const { Credentials } = await eventually(() =>
    sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'contract' })),
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  return {
    ...configuration,
    arn,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  };
};

export const policyDocument = (statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
