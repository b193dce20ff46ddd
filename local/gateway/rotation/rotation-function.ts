/** Invokes a deployed rotation function as Secrets Manager does: only if the function's policy allows it. */
import type { RotationEvent } from '../../../lib/contract/index.ts';
import type { Authorize } from '../pipeline.ts';
import type { AwsRequest, Forward } from '../request.ts';
import { errorOf, serviceCall, serviceMay } from '../service-call.ts';
import { InvocationRefused, type RotatingSecret } from './rotation-run.ts';

const principal = 'secretsmanager.amazonaws.com';

export interface RotationFunction {
  exists(secret: RotatingSecret): Promise<boolean>;
  /** Whether the function's policy lets the service invoke it for this secret. */
  mayInvoke(secret: RotatingSecret): Promise<boolean>;
  /** @throws InvocationRefused, or an Error that names the function's error type. */
  invoke(secret: RotatingSecret, event: RotationEvent): Promise<void>;
}

/** @param invoke the way of an invocation, on which faults may lie */
export const createRotationFunction = (
  forward: Forward,
  authorize: Authorize,
  invoke: Forward = forward,
): RotationFunction => {
  const mayInvoke = (secret: RotatingSecret): Promise<boolean> =>
    serviceMay(authorize, invocation(secret, {}), secret.arn);
  return {
    mayInvoke,
    exists: async (secret) => {
      const response = await forward(
        lambdaCall(secret, 'GetFunction', 'GET', functionUrl(secret), { FunctionName: secret.functionArn }),
      );
      if (response.status === 404) return false;
      if (response.status >= 400) throw new Error(`GetFunction ${secret.functionArn}: ${errorOf(response).code}`);
      return true;
    },
    invoke: async (secret, event) => {
      if (!(await mayInvoke(secret))) {
        throw new InvocationRefused(`the function's policy does not let ${principal} invoke it for this secret`);
      }
      const response = await invoke(invocation(secret, { ...event }));
      if (response.status >= 400) throw new InvocationRefused(errorOf(response).code);
      const functionError = response.headers['x-amz-function-error'];
      if (functionError !== undefined) throw new Error(`the function failed: ${functionError}`);
    },
  };
};

const functionUrl = (secret: RotatingSecret): string =>
  `/2015-03-31/functions/${encodeURIComponent(secret.functionArn)}`;

const invocation = (secret: RotatingSecret, payload: Readonly<Record<string, unknown>>): AwsRequest =>
  lambdaCall(
    secret,
    'Invoke',
    'POST',
    `${functionUrl(secret)}/invocations`,
    { FunctionName: secret.functionArn, Payload: payload },
    Buffer.from(JSON.stringify(payload)),
  );

const lambdaCall = (
  secret: RotatingSecret,
  operation: string,
  method: string,
  url: string,
  input: Readonly<Record<string, unknown>>,
  body = Buffer.alloc(0),
): AwsRequest =>
  serviceCall({
    account: secret.account,
    region: secret.region,
    principal,
    service: 'lambda',
    operation,
    input,
    method,
    url,
    headers: { 'content-type': 'application/json', 'x-amz-invocation-type': 'RequestResponse' },
    body,
  });
