import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { account, allow, assume, clientsWith, makeRole, region, trust } from './local-aws.ts';
import { runFunction } from './run-function.ts';

describe('a function of the local AWS', () => {
  let aws: LocalAws;
  const defects: unknown[] = [];

  beforeAll(async () => {
    aws = await startLocalAws({
      accounts: [account],
      region,
      lambdaEnvironment: { NODE_EXTRA_CA_CERTS: join(import.meta.dirname, 'no-such-file.pem') },
      onDefect: (error) => defects.push(error),
    });
  });

  afterAll(async () => {
    await aws.stop();
    expect(defects).toEqual([]);
  });

  it('runs as its role, through the gateway, whatever Node options it sets', async () => {
    expect(await runFunction(aws, 'allowed', ['secretsmanager:ListSecrets'])).toMatchObject({
      arn: `arn:aws:sts::${account}:assumed-role/allowed/allowed`,
      endpoint: aws.endpoint,
      listSecrets: 'allowed',
      node: process.version,
    });
  });

  it('may do what its role may, and no more', async () => {
    const { listSecrets } = await runFunction(aws, 'refused', ['secretsmanager:DescribeSecret']);

    expect(listSecrets).toBe('AccessDeniedException');
  });

  it('finds a session of its role in its environment, no keys of an account, and what it was meant to find', async () => {
    const { environment, accessKeyKind } = await runFunction(aws, 'environment');

    expect(environment).toEqual(expect.arrayContaining(['ITS_OWN', 'NODE_EXTRA_CA_CERTS', 'AWS_LAMBDA_FUNCTION_NAME']));
    expect(environment).toEqual(expect.arrayContaining(['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']));
    expect(accessKeyKind).toBe('ASIA');
    expect(environment.filter((name) => /STRONGROOM|PIP_/.test(name))).toEqual([]);
  });

  it('gets no session of a role that does not trust Lambda', async () => {
    const roleArn = await makeRole(aws, 'not-for-lambda', [], trust({ Service: 'ecs-tasks.amazonaws.com' }));

    await expect(
      aws.assumeForService({ roleArn, service: 'lambda.amazonaws.com', sessionName: 'x' }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('lambda.amazonaws.com is not authorized to perform: sts:AssumeRole') as string,
    });
  });

  it('is invoked by those alone who may', async () => {
    await runFunction(aws, 'guarded');
    const may = await makeRole(aws, 'may-invoke', [
      allow(['lambda:InvokeFunction'], `arn:aws:lambda:${region}:${account}:function:guarded`),
    ]);
    const mayNot = await makeRole(aws, 'may-not-invoke', [allow(['lambda:GetFunction'])]);
    const invocation = new InvokeCommand({ FunctionName: 'guarded' });

    await expect(clientsWith(aws, await assume(aws, may)).lambda.send(invocation)).resolves.toMatchObject({
      StatusCode: 200,
    });
    await expect(clientsWith(aws, await assume(aws, mayNot)).lambda.send(invocation)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('is given its sessions only for the token that it was handed', async () => {
    const roleArn = await makeRole(aws, 'a-task', [], trust({ Service: 'ecs-tasks.amazonaws.com' }));
    const { env } = await aws.assumeForService({ roleArn, service: 'ecs-tasks.amazonaws.com', sessionName: 'run' });
    const fetchCredentials = (authorization: string) =>
      fetch(env['AWS_CONTAINER_CREDENTIALS_FULL_URI']!, { headers: { authorization } });

    const given = await fetchCredentials(env['AWS_CONTAINER_AUTHORIZATION_TOKEN']!);
    const refused = await fetchCredentials('guessed');

    expect(given.status).toBe(200);
    expect(await given.json()).toMatchObject({ RoleArn: roleArn, Token: expect.any(String) as string });
    expect(refused.status).toBe(403);
  });
});
