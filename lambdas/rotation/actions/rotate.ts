/** Runs one step of a rotation: checks that the secret may be rotated, then hands over to the step. */
import type { RotationEvent, RotationStep } from '../../../lib/contract/index.ts';
import { awaitingPermissions } from '../core/first-permissions.ts';
import { givingUpEmpty, givingUpRefused } from './give-up.ts';
import { isForced } from '../core/grace.ts';
import { openSecret, withSettings, type OnFacts } from '../steps/open-rotation.ts';
import type { RotationPorts, SecretDescription } from '../core/ports.ts';
import { RotationError } from '../core/rotation-error.ts';
import type { Rotation } from '../core/rotation.ts';
import { stageOf } from '../core/stages.ts';
import { createSecret, type CreateOutcome } from '../steps/create-secret.ts';
import { finishSecret, type FinishOutcome } from '../steps/finish-secret.ts';
import { setSecret } from '../steps/set-secret.ts';
import { testSecret, type TestOutcome } from '../steps/test-secret.ts';
import type { SetOutcome } from '../core/strategy.ts';

export type StepOutcome = CreateOutcome | SetOutcome | TestOutcome | FinishOutcome;

/**
 * @param environment - name of the environment whose secrets may be rotated.
 * @param onFacts - takes what becomes known, for the log.
 * @throws RotationError
 */
export const rotate = async (
  { Step: step, SecretId: secretId, ClientRequestToken: token }: RotationEvent,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts = () => undefined,
): Promise<StepOutcome> => {
  onFacts({ step, versionId: token, ...(isForced(token) && { forced: true }) });
  let described: SecretDescription | undefined;
  const patient = awaitingPermissions(ports, () => described && described.lastRotatedAt === undefined);
  const open = async (): Promise<Rotation> => {
    const opened = await openSecret(secretId, patient, environment, onFacts);
    described = opened.secret;
    refuseUnlessRotatable(opened.secret, token);
    return { ...opened, token };
  };
  if (step === 'testSecret') {
    const known = (described = ports.proofs.recall(secretId, token));
    return testSecret(known && { ...withSettings(known, patient, environment, onFacts), token }, open);
  }
  return runStep(step, await open());
};

/** Any step but testSecret, of a rotation that was just opened. */
export const runStep = (step: Exclude<RotationStep, 'testSecret'>, rotation: Rotation): Promise<StepOutcome> => {
  if (stageOf(rotation.secret.stages, rotation.secret, rotation.token) === 'current') {
    return Promise.resolve('already-current');
  }
  switch (step) {
    case 'createSecret':
      return givingUpEmpty(rotation, createSecret);
    case 'setSecret':
      return givingUpRefused(rotation, setSecret);
    case 'finishSecret':
      return finishSecret(rotation);
  }
};

const refuseUnlessRotatable = ({ name, rotationEnabled, stages }: Rotation['secret'], token: string): void => {
  if (!rotationEnabled) {
    throw new RotationError('rotation-off', `Rotation of secret ${name} is off: turn it on, then rotate`, {
      retryable: false,
    });
  }
  if (!stages.has(token)) {
    throw new RotationError('token-unknown', `Secret ${name} has no version ${token}`, { retryable: false });
  }
};
