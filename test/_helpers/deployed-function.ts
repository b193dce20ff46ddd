/** Deploys a function with a role of its own, from one TypeScript file. */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvalidParameterValueException,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { build } from 'esbuild';
import { zipSync } from 'fflate';

/** Configuration of any SDK client: without an endpoint and credentials it is the SDK's own, that is AWS. */
export interface ClientConfiguration {
  readonly endpoint?: string;
  readonly region: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

export interface FunctionToDeploy {
  readonly name: string;
  /** Absolute path of the file that exports `handler`; of a folder: one that is bundled already, as `index.mjs`. */
  readonly entry: string;
  readonly account: string;
  /** What its role may do: actions on every resource. */
  readonly allow: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 30 */
  readonly timeoutSeconds?: number;
  /** Service that may invoke it, for resources of the account. */
  readonly invokedBy?: string;
}

/** @returns the ARN of the function */
export const deployFunction = async (configuration: ClientConfiguration, what: FunctionToDeploy): Promise<string> => {
  const iam = new IAMClient(configuration);
  const lambda = new LambdaClient(configuration);
  try {
    const { Role } = await iam.send(
      new CreateRoleCommand({
        RoleName: what.name,
        AssumeRolePolicyDocument: policy({
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        }),
      }),
    );
    await iam.send(
      new PutRolePolicyCommand({
        RoleName: what.name,
        PolicyName: 'allow',
        PolicyDocument: policy({ Effect: 'Allow', Action: what.allow, Resource: '*' }),
      }),
    );
    const create = new CreateFunctionCommand({
      FunctionName: what.name,
      Role: Role?.Arn,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { ZipFile: await codeOf(what.entry) },
      Timeout: what.timeoutSeconds ?? 30,
      Environment: { Variables: { ...what.environment } },
    });
    const { FunctionArn } = await onceRoleIsKnown(() => lambda.send(create));
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 300 }, { FunctionName: what.name });
    if (what.invokedBy !== undefined) {
      await lambda.send(
        new AddPermissionCommand({
          FunctionName: what.name,
          StatementId: 'invoke',
          Action: 'lambda:InvokeFunction',
          Principal: what.invokedBy,
          SourceAccount: what.account,
        }),
      );
    }
    return FunctionArn ?? '';
  } finally {
    iam.destroy();
    lambda.destroy();
  }
};

/** On AWS it takes some seconds until Lambda may assume a new role. */
const onceRoleIsKnown = async <T>(create: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      const unknown = error instanceof InvalidParameterValueException && error.message.includes('cannot be assumed');
      if (!unknown || attempt === 15) throw error;
      await sleep(2000);
    }
  }
};

const codeOf = async (entry: string): Promise<Uint8Array> => {
  if (!(await stat(entry)).isDirectory()) return bundle(entry);
  const names = await readdir(entry, { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile()).map((name) => path.join(name.parentPath, name.name));
  return zipSync(
    Object.fromEntries(
      await Promise.all(files.map(async (file) => [path.relative(entry, file), await readFile(file)] as const)),
    ),
  );
};

const bundle = async (entry: string): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  return zipSync({ 'index.js': outputFiles[0]?.contents ?? new Uint8Array() });
};

const policy = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
