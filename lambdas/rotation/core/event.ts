/** Checks what comes to the function: the event of a rotation step, or the request of an operator or of the schedule. */
import {
  rotationActions,
  rotationSteps,
  type RotationAction,
  type RotationEvent,
  type RotationRequest,
  type RotationStep,
} from '../../../lib/contract/index.ts';
import { type RotationFailure, RotationError } from './rotation-error.ts';

const stepKeys = ['Step', 'SecretId', 'ClientRequestToken'] as const;

type RequestKey = 'Action' | 'SecretId' | 'ClientRequestToken';

const requestKeys: Readonly<Record<RotationAction, readonly RequestKey[]>> = {
  check: ['Action', 'SecretId'],
  rollForward: ['Action', 'SecretId', 'ClientRequestToken'],
  rollBack: ['Action', 'SecretId', 'ClientRequestToken'],
  sweep: ['Action'],
};

/** Whether an event is meant as a {@link RotationRequest}, right or wrong. */
export const asksForAction = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'Action' in event;

/** @throws RotationError `event-invalid`, saying which field holds what, and what it should hold. */
export const parseRotationEvent = (event: unknown): RotationEvent => {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw invalid(`the event is ${describe(event)}`, `an object with ${stepKeys.join(', ')}`);
  }
  // Fields beyond these are Secrets Manager's to add, as it did with RotationToken: they must not stop a rotation.
  const { Step: step, SecretId: secretId, ClientRequestToken: token } = event as Record<string, unknown>;
  if (!isStep(step)) throw invalid(`Step is ${describe(step)}`, `one of ${rotationSteps.join(', ')}`);
  return { Step: step, SecretId: secretIdOf(secretId), ClientRequestToken: tokenOf(token) };
};

/**
 * Our own side sends these, so that a key too many is a mistake.
 *
 * @throws RotationError `event-invalid`, likewise.
 */
export const parseRotationRequest = (event: unknown): RotationRequest => {
  const { Action: action, SecretId: secretId, ClientRequestToken: token } = event as Record<string, unknown>;
  if (!isAction(action)) throw invalid(`Action is ${describe(action)}`, `one of ${rotationActions.join(', ')}`);
  const keys = requestKeys[action];
  const unknown = Object.keys(event as object).filter((key) => !keys.some((known) => known === key));
  if (unknown.length > 0)
    throw invalid(`${action} came with ${unknown.join(', ')}`, `no keys beside ${keys.join(', ')}`);
  switch (action) {
    case 'sweep':
      return { Action: action };
    case 'check':
      return { Action: action, SecretId: secretIdOf(secretId) };
    case 'rollForward':
    case 'rollBack':
      return { Action: action, SecretId: secretIdOf(secretId), ClientRequestToken: tokenOf(token) };
  }
};

const isStep = (value: unknown): value is RotationStep => rotationSteps.some((step) => step === value);

const isAction = (value: unknown): value is RotationAction => rotationActions.some((action) => action === value);

const secretIdOf = (value: unknown): string => {
  if (typeof value === 'string' && value !== '') return value;
  throw invalid(`SecretId is ${describe(value)}`, 'the ARN of the secret');
};

const tokenOf = (value: unknown): string => {
  if (typeof value === 'string' && value.length >= 32 && value.length <= 64) return value;
  throw invalid(`ClientRequestToken is ${describe(value)}`, 'a version id of 32 to 64 characters');
};

const invalid = (what: string, expected: string): RotationFailure =>
  new RotationError('event-invalid', `Rotation event refused: ${what}; expected ${expected}`, { retryable: false });

const describe = (value: unknown): string => {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};
