/**
 * RotateSecret and CancelRotateSecret, and the rotations that the schedule starts:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { AwsRequest } from '../../request.ts';
import type { RotatingSecret, RotationOutcome } from '../../rotation/rotation-run.ts';
import { rotationRulesProblem, rotationRulesSchema, type RotationRules } from '../../rotation/rotation-rules.ts';
import { ServiceError, type Scope } from '../../service-call.ts';
import type { SecretValue } from './emulated-secrets.ts';
import { planNextRotation } from './rotation-plan.ts';
import {
  invalidParameter,
  invalidRequest,
  optionalText,
  requiredText,
  versionIdOf,
  type Input,
} from './secret-input.ts';
import type { RotationConfiguration } from './secret-records.ts';
import {
  holderOf,
  secretScope,
  withSecret,
  type LockedSecret,
  type Output,
  type SecretsContext,
} from './secrets-context.ts';
import { attachLabel } from './write-version.ts';

export interface RotateRequest {
  readonly secretId: string;
  readonly versionId: string;
  readonly functionArn?: string;
  readonly rules?: RotationRules;
  readonly immediately: boolean;
}

export const rotateSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> =>
  rotate(context, secretScope(request), rotateRequest(request.input));

/** Turns rotation on (or keeps it on), and starts a rotation or a test of it. */
export const rotate = async (context: SecretsContext, scope: Scope, request: RotateRequest): Promise<Output> =>
  withSecret(context, scope, request.secretId, async (secret) => {
    const output = { ARN: secret.ref.arn, Name: secret.ref.name };
    const pending = holderOf(secret.versions, 'AWSPENDING');
    if (pending === request.versionId && context.rotations.isRunning(secret.ref.arn)) {
      return { ...output, VersionId: pending };
    }
    const configuration = await configurationFor(context, secret, request);
    if (pending !== undefined && pending !== holderOf(secret.versions, 'AWSCURRENT')) {
      throw invalidRequest("A previous rotation isn't complete. That rotation will be reattempted.");
    }
    secret.record.rotation = configuration;
    planNextRotation(context, secret.ref.arn, configuration.since);
    if (request.immediately) await startRotation(context, secret, configuration, request.versionId);
    else await startTest(context, secret, configuration, request.versionId);
    return { ...output, VersionId: request.versionId };
  });

/** A window has opened: rotates, or continues the rotation that is not complete. */
export const rotateOnSchedule = async (context: SecretsContext, scope: Scope, arn: string): Promise<void> =>
  withSecret(context, scope, arn, async (secret) => {
    const { rotation } = secret.record;
    if (rotation?.enabled !== true || context.rotations.isRunning(arn)) return;
    const pending = holderOf(secret.versions, 'AWSPENDING');
    const incomplete = pending !== undefined && pending !== holderOf(secret.versions, 'AWSCURRENT');
    if (incomplete) runRotation(context, secret, rotation, pending);
    else await startRotation(context, secret, rotation, randomUUID());
  });

/** Turns rotation off; a running one ends after its step and leaves its labels. */
export const cancelRotateSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> =>
  withSecret(context, secretScope(request), requiredText(request.input, 'SecretId'), (secret) => {
    const { rotation } = secret.record;
    if (rotation === undefined) {
      throw invalidRequest("You can't cancel the rotation of a secret that has no rotation configured.");
    }
    secret.record.rotation = { ...rotation, enabled: false };
    planNextRotation(context, secret.ref.arn);
    const pending = context.rotations.isRunning(secret.ref.arn) ? holderOf(secret.versions, 'AWSPENDING') : undefined;
    context.rotations.cancel(secret.ref.arn);
    return { ARN: secret.ref.arn, Name: secret.ref.name, ...(pending !== undefined && { VersionId: pending }) };
  });

const rotateRequest = (input: Input): RotateRequest => {
  const rules = rulesOf(input['RotationRules']);
  const functionArn = optionalText(input, 'RotationLambdaARN');
  return {
    secretId: requiredText(input, 'SecretId'),
    versionId: versionIdOf(input),
    immediately: input['RotateImmediately'] !== false,
    ...(functionArn !== undefined && { functionArn }),
    ...(rules && { rules }),
  };
};

const rulesOf = (value: unknown): RotationRules | undefined => {
  if (value === undefined || value === null) return undefined;
  const parsed = rotationRulesSchema.safeParse(value);
  if (!parsed.success) throw invalidParameter(`RotationRules: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};

/** What rotation will be, checked as the service checks it before anything changes. */
const configurationFor = async (
  context: SecretsContext,
  { ref, record }: LockedSecret,
  request: RotateRequest,
): Promise<RotationConfiguration> => {
  const functionArn = request.functionArn ?? record.rotation?.functionArn;
  if (functionArn === undefined) {
    throw invalidRequest('No Lambda rotation function ARN is associated with this secret.');
  }
  const rules = request.rules ?? record.rotation?.rules ?? {};
  const problem = rotationRulesProblem(rules);
  if (problem !== undefined) throw invalidParameter(problem);
  const rotating: RotatingSecret = { account: ref.account, region: ref.region, arn: ref.arn, functionArn };
  if (!(await context.rotations.function.exists(rotating))) {
    throw new ServiceError(
      'ResourceNotFoundException',
      `Secrets Manager can't find the Lambda function ${functionArn}.`,
    );
  }
  if (!(await context.rotations.function.mayInvoke(rotating))) {
    throw new ServiceError(
      'AccessDeniedException',
      'Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access ' +
        'to the principal secretsmanager.amazonaws.com.',
    );
  }
  return { enabled: true, functionArn, rules, since: context.clock.now() };
};

/** The new version is AWSPENDING and has no value: createSecret puts it. */
const startRotation = async (
  context: SecretsContext,
  secret: LockedSecret,
  configuration: RotationConfiguration,
  versionId: string,
): Promise<void> => {
  if (secret.versions.has(versionId)) throw tokenInUse(secret, versionId);
  await context.emulated.writeVersion(secret.ref, versionId, {}, []);
  secret.record.withoutValue.add(versionId);
  await attachLabel(context, secret, 'AWSPENDING', versionId);
  runRotation(context, secret, configuration, versionId);
};

const runRotation = (
  context: SecretsContext,
  { ref, record }: LockedSecret,
  configuration: RotationConfiguration,
  versionId: string,
): void => {
  const onEnd = (outcome: RotationOutcome): void => {
    if (outcome.status === 'succeeded') record.lastRotatedAt = context.clock.now();
    // After a failure the next try is an interval away too: what was missed is not made up for at once.
    planNextRotation(context, ref.arn, context.clock.now());
  };
  context.rotations.start('rotate', rotatingSecret(ref, configuration), versionId, onEnd);
};

/** For a test the pending version holds the current value, so that the function can log in with it. */
const startTest = async (
  context: SecretsContext,
  locked: LockedSecret,
  configuration: RotationConfiguration,
  versionId: string,
): Promise<void> => {
  const { ref, versions } = locked;
  if (versions.has(versionId)) throw tokenInUse(locked, versionId);
  await context.emulated.writeVersion(ref, versionId, await currentValue(context, locked), []);
  await attachLabel(context, locked, 'AWSPENDING', versionId);
  context.rotations.start('test', rotatingSecret(ref, configuration), versionId, async () => {
    await withSecret(context, ref, ref.arn, async (after) => {
      if (holderOf(after.versions, 'AWSPENDING') !== versionId) return;
      await context.emulated.moveLabel(ref, 'AWSPENDING', { from: versionId });
    });
  });
};

const currentValue = async (context: SecretsContext, { ref, versions }: LockedSecret): Promise<SecretValue> => {
  const current = holderOf(versions, 'AWSCURRENT');
  if (current === undefined) return {};
  const value = await context.emulated.value(ref, { SecretId: ref.arn, VersionId: current });
  return {
    ...(value.SecretString !== undefined && { SecretString: value.SecretString }),
    ...(value.SecretBinary !== undefined && { SecretBinary: value.SecretBinary }),
  };
};

const rotatingSecret = (
  { account, region, arn }: LockedSecret['ref'],
  { functionArn }: RotationConfiguration,
): RotatingSecret => ({ account, region, arn, functionArn });

const tokenInUse = ({ ref }: LockedSecret, versionId: string): ServiceError =>
  new ServiceError(
    'ResourceExistsException',
    `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${ref.arn}.`,
  );
