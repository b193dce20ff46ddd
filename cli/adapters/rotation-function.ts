/** A rotation function: what Lambda says of it, and what it answers when it is asked. */
import {
  GetFunctionConcurrencyCommand,
  GetFunctionConfigurationCommand,
  GetPolicyCommand,
  InvokeCommand,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import { z } from 'zod';

import { checkNames, credentialStates, type RollReport, type RotationRequest } from '../../lib/contract/index.ts';
import { CommandError } from '../terminal/errors.ts';
import type { Answer, CheckAnswer, FunctionState, RollRequest } from '../operators/ports.ts';
import { callAws, orMissing } from './aws-errors.ts';
import { parseJson } from '../operators/parse-json.ts';

export const describeFunction = async (
  client: LambdaClient,
  functionArn: string,
): Promise<FunctionState | undefined> => {
  const named = { FunctionName: functionArn };
  const found = await orMissing(`look at ${functionArn} (lambda:GetFunctionConfiguration)`, () =>
    client.send(new GetFunctionConfigurationCommand(named)),
  );
  if (found === undefined) return undefined;
  const concurrency = await orMissing(`look at ${functionArn} (lambda:GetFunctionConcurrency)`, () =>
    client.send(new GetFunctionConcurrencyCommand(named)),
  );
  const policy = await orMissing(`read the policy of ${functionArn} (lambda:GetPolicy)`, () =>
    client.send(new GetPolicyCommand(named)),
  );
  const { State: state = 'Active', StateReason: reason } = found;
  const reserved = concurrency?.ReservedConcurrentExecutions;
  return {
    state,
    ...(reason && { reason }),
    ...(reserved !== undefined && { reservedConcurrency: reserved }),
    ...(policy?.Policy !== undefined && { policy: policy.Policy }),
  };
};

/** Asks, and reads the answer: its report, or the error with which the function ended. */
export function askFunction(
  client: LambdaClient,
  functionArn: string,
  request: Extract<RotationRequest, { readonly Action: 'check' }>,
): Promise<Answer<CheckAnswer>>;
export function askFunction(
  client: LambdaClient,
  functionArn: string,
  request: RollRequest,
): Promise<Answer<RollReport>>;
export async function askFunction(
  client: LambdaClient,
  functionArn: string,
  request: RotationRequest,
): Promise<Answer<CheckAnswer | RollReport>> {
  const doing = `ask ${functionArn} to ${request.Action} (lambda:InvokeFunction)`;
  const input = { FunctionName: functionArn, Payload: Buffer.from(JSON.stringify(request)) };
  const { FunctionError, Payload } = await callAws(doing, () => client.send(new InvokeCommand(input)));
  const answer = parseJson(Payload === undefined ? '' : Buffer.from(Payload).toString('utf8'));
  if (FunctionError !== undefined) return { failed: failureOf(answer, FunctionError) };
  const report = (request.Action === 'check' ? checkSchema : rollSchema).safeParse(answer);
  if (report.success) return { report: report.data };
  const message = `${functionArn} gave an answer that this command does not understand: deploy, or update the command`;
  throw new CommandError('aws-failed', message, { exitCode: 1 });
}

const failureSchema = z.looseObject({ errorType: z.string(), errorMessage: z.string() });

/** Lambda's own failures, such as a time-out, come in the same shape as what the function throws. */
const failureOf = (answer: unknown, functionError: string): { readonly code: string; readonly message: string } => {
  const { data } = failureSchema.safeParse(answer);
  if (data === undefined) return { code: 'function-failed', message: `it ended with ${functionError}` };
  const isCode = /^[a-z]+(-[a-z]+)+$/.test(data.errorType);
  return { code: isCode ? data.errorType : 'function-failed', message: data.errorMessage };
};

const credentialState = z.enum(credentialStates);
const checkSchema: z.ZodType<CheckAnswer> = z.object({
  secret: z.string(),
  checks: z.array(
    z.object({
      check: z.enum(checkNames),
      outcome: z.enum(['ok', 'failed', 'unknown']),
      code: z.string().exactOptional(),
      message: z.string().exactOptional(),
    }),
  ),
  // A newer function may have codes that this command does not know.
  notices: z.array(z.object({ code: z.string(), message: z.string() })).exactOptional(),
  credentials: z.object({
    current: credentialState,
    previous: credentialState.exactOptional(),
    pending: credentialState.exactOptional(),
    pendingVersion: z.string().exactOptional(),
  }),
});
const rollSchema: z.ZodType<RollReport> = z.object({
  secret: z.string(),
  outcome: z.enum(['promoted', 'already-current', 'given-up']),
});
