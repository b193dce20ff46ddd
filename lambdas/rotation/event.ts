/** Checks the event of a rotation step. */
import { rotationSteps, type RotationEvent, type RotationStep } from '../../lib/contract/index.ts';
import { RotationError } from './rotation-error.ts';

const keys = ['Step', 'SecretId', 'ClientRequestToken'] as const;

/** @throws RotationError `event-invalid`, saying which field holds what, and what it should hold. */
export const parseRotationEvent = (event: unknown): RotationEvent => {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw invalid(`the event is ${describe(event)}`, `an object with ${keys.join(', ')}`);
  }
  // Fields beyond these are Secrets Manager's to add, as it did with RotationToken: they must not stop a rotation.
  const { Step: step, SecretId: secretId, ClientRequestToken: token } = event as Record<string, unknown>;
  if (!isStep(step)) throw invalid(`Step is ${describe(step)}`, `one of ${rotationSteps.join(', ')}`);
  if (typeof secretId !== 'string' || secretId === '') {
    throw invalid(`SecretId is ${describe(secretId)}`, 'the ARN of the secret');
  }
  if (typeof token !== 'string' || token.length < 32 || token.length > 64) {
    throw invalid(`ClientRequestToken is ${describe(token)}`, 'a version id of 32 to 64 characters');
  }
  return { Step: step, SecretId: secretId, ClientRequestToken: token };
};

const isStep = (value: unknown): value is RotationStep => rotationSteps.some((step) => step === value);

const invalid = (what: string, expected: string): RotationError =>
  new RotationError('event-invalid', `Rotation event refused: ${what}; expected ${expected}`, { retryable: false });

const describe = (value: unknown): string => {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};
