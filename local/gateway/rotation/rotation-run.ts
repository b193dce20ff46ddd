/** One rotation: the four steps in order, and the whole of it again when a step fails. */
import { rotationSteps, type RotationEvent, type RotationStep } from '../../../lib/contract/index.ts';
import type { Scope } from '../service-call.ts';

export interface RotatingSecret extends Scope {
  readonly arn: string;
  readonly functionArn: string;
}

/** Service events of Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
export interface RotationServiceEvent extends Scope {
  readonly eventName:
    | 'RotationStarted'
    | 'RotationSucceeded'
    | 'RotationFailed'
    | 'RotationAbandoned'
    | 'TestRotationStarted'
    | 'TestRotationSucceeded'
    | 'TestRotationFailed';
  readonly secretArn: string;
  readonly versionId: string;
  readonly errorMessage?: string;
}

export type RotationOutcome =
  | { readonly status: 'succeeded' | 'tested' | 'cancelled' | 'abandoned'; readonly versionId: string }
  | {
      readonly status: 'failed' | 'test-failed';
      readonly versionId: string;
      readonly step: RotationStep;
      readonly message: string;
    }
  /** It could not begin: the configuration was refused. */
  | { readonly status: 'refused'; readonly message: string };

export interface RotationPorts {
  /** Invokes the function for one step. @throws Error when the function fails, times out or may not be invoked. */
  invoke(secret: RotatingSecret, event: RotationEvent): Promise<void>;
  /** Labels of a version; empty if it has none or no longer exists. */
  labelsOf(secret: RotatingSecret, versionId: string): Promise<readonly string[]>;
  record(event: RotationServiceEvent): void;
  pause(ms: number): Promise<void>;
}

export interface RetryPolicy {
  /** How often the whole rotation is tried. */
  readonly attempts: number;
  /** Pause before attempt `n` (2, 3, …), ms. */
  delayMs(attempt: number): number;
}

export interface Cancellation {
  readonly cancelled: boolean;
}

/** Runs the rotation of `versionId`, which is AWSPENDING by now. */
export const runRotation = async (
  secret: RotatingSecret,
  versionId: string,
  ports: RotationPorts,
  retry: RetryPolicy,
  cancellation: Cancellation,
): Promise<RotationOutcome> => {
  const record = recorder(secret, versionId, ports);
  for (let attempt = 1; ; attempt += 1) {
    record('RotationStarted');
    const result = await attemptRotation(secret, versionId, ports, cancellation);
    if (result.status === 'succeeded') record('RotationSucceeded');
    if (result.status !== 'failed') return result;
    record('RotationFailed', result.message);
    if (attempt >= retry.attempts) return result;
    await ports.pause(retry.delayMs(attempt + 1));
    if (cancellation.cancelled) return { status: 'cancelled', versionId };
  }
};

/** Runs only testSecret: the service tests a configuration this way without a rotation. */
export const runRotationTest = async (
  secret: RotatingSecret,
  versionId: string,
  ports: RotationPorts,
): Promise<RotationOutcome> => {
  const record = recorder(secret, versionId, ports);
  record('TestRotationStarted');
  const message = await runStep(secret, versionId, 'testSecret', ports);
  if (message === undefined) {
    record('TestRotationSucceeded');
    return { status: 'tested', versionId };
  }
  record('TestRotationFailed', message);
  return { status: 'test-failed', versionId, step: 'testSecret', message };
};

const attemptRotation = async (
  secret: RotatingSecret,
  versionId: string,
  ports: RotationPorts,
  cancellation: Cancellation,
): Promise<RotationOutcome> => {
  for (const step of rotationSteps) {
    if (cancellation.cancelled) return { status: 'cancelled', versionId };
    const labels = await ports.labelsOf(secret, versionId);
    if (!labels.includes('AWSPENDING') && !labels.includes('AWSCURRENT')) return { status: 'abandoned', versionId };
    const message = await runStep(secret, versionId, step, ports);
    if (message !== undefined) return { status: 'failed', versionId, step, message };
  }
  const labels = await ports.labelsOf(secret, versionId);
  if (labels.includes('AWSCURRENT')) return { status: 'succeeded', versionId };
  const message = `Lambda ${secret.functionArn} ended the finishSecret step without moving AWSCURRENT to the new version`;
  return { status: 'failed', versionId, step: 'finishSecret', message };
};

/** The message of a failed step; `undefined` when it went well. The function's own words stay in its log. */
const runStep = async (
  secret: RotatingSecret,
  versionId: string,
  step: RotationStep,
  ports: RotationPorts,
): Promise<string | undefined> => {
  try {
    await ports.invoke(secret, { Step: step, SecretId: secret.arn, ClientRequestToken: versionId });
    return undefined;
  } catch (error) {
    const why = error instanceof InvocationRefused ? `: ${error.message}` : '';
    return `Error when executing lambda ${secret.functionArn} during ${step} step${why}`;
  }
};

/** The service may not invoke the function, or the function no longer exists. */
export class InvocationRefused extends Error {
  override readonly name = 'InvocationRefused';
}

const recorder =
  (secret: RotatingSecret, versionId: string, ports: RotationPorts) =>
  (eventName: RotationServiceEvent['eventName'], errorMessage?: string): void => {
    ports.record({
      account: secret.account,
      region: secret.region,
      eventName,
      secretArn: secret.arn,
      versionId,
      ...(errorMessage !== undefined && { errorMessage }),
    });
  };
