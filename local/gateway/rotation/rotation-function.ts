/** Invokes a deployed rotation function as Secrets Manager does: only where the function's policy lets it. */
import type { RotationEvent } from '../../../lib/contract/index.ts';
import type { AwsRequest, Forward } from '../request.ts';
import { errorOf, serviceCall } from '../service-call.ts';
import { InvocationRefused, type RotatingSecret } from './rotation-run.ts';

const principal = 'secretsmanager.amazonaws.com';

/** Tells whether the policies of what is called allow the call, given the conditions that a service's call carries. */
export type Authorize = (
  request: AwsRequest,
  conditions: Readonly<Record<string, string>>,
) => Promise<{ readonly allowed: boolean }>;

export interface RotationFunction {
  exists(secret: RotatingSecret): Promise<boolean>;
  /** Whether the function's policy lets the service invoke it for this secret. */
  mayInvoke(secret: RotatingSecret): Promise<boolean>;
  /** @throws InvocationRefused, or an Error that names the function's error type. */
  invoke(secret: RotatingSecret, event: RotationEvent): Promise<void>;
}

export const createRotationFunction = (forward: Forward, authorize: Authorize): RotationFunction => {
  const mayInvoke = async (secret: RotatingSecret): Promise<boolean> => {
    const decision = await authorize(invocation(secret, {}), {
      'aws:SourceAccount': secret.account,
      'aws:SourceArn': secret.arn,
    });
    return decision.allowed;
  };
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
      const response = await forward(invocation(secret, { ...event }));
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
    { FunctionName: secret.functionArn },
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
