/** Runs one step of a rotation: checks what came, then hands over to the step. */
import type { RotationStep, RotationStrategy } from '../../lib/contract/index.ts';
import { parseRotationEvent } from './event.ts';
import type { RotationPorts } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import { stageOf, type Rotation } from './rotation.ts';
import { readSettings } from './settings.ts';
import { createSecret, type CreateOutcome } from './steps/create-secret.ts';
import { finishSecret, type FinishOutcome } from './steps/finish-secret.ts';
import { setSecret } from './steps/set-secret.ts';
import { testSecret, type TestOutcome } from './steps/test-secret.ts';
import { singleUser } from './strategies/single-user.ts';
import type { SetOutcome, Strategy } from './strategies/strategy.ts';

export type StepOutcome = CreateOutcome | SetOutcome | TestOutcome | FinishOutcome;

/** What is known of a step so far, for the log; comes also where the step fails later. */
export interface StepFacts {
  readonly step?: RotationStep;
  readonly secret?: string;
  readonly versionId?: string;
  readonly strategy?: RotationStrategy;
}

const strategies: Readonly<Partial<Record<RotationStrategy, Strategy>>> = { 'single-user': singleUser };

/**
 * @param environment - name of the environment whose secrets may be rotated.
 * @param onFacts - takes {@link StepFacts} as they become known.
 * @throws RotationError
 */
export const rotate = async (
  event: unknown,
  ports: RotationPorts,
  environment: string,
  onFacts: (facts: StepFacts) => void = () => undefined,
): Promise<StepOutcome> => {
  const { Step: step, SecretId: secretId, ClientRequestToken: token } = parseRotationEvent(event);
  onFacts({ step, secret: nameIn(secretId), versionId: token });
  const secret = await ports.versions.describe(secretId);
  onFacts({ secret: secret.name });
  refuseUnlessRotatable(secret, environment, token);
  const settings = readSettings(secret, { environment, engine: ports.database.engine });
  onFacts({ strategy: settings.strategy });
  if (stageOf(secret.stages, secret, token) === 'current') return 'already-current';
  const strategy = strategies[settings.strategy];
  if (!strategy) throw new RotationError('strategy-impossible', settings.strategy, { retryable: false });
  return run(step, { ports, secret, token, settings }, strategy);
};

/** The name in a secret's ARN, without the six characters that Secrets Manager adds: alarms go by the name. */
const nameIn = (secretId: string): string => /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(secretId)?.[1] ?? secretId;

const refuseUnlessRotatable = (secret: Rotation['secret'], environment: string, token: string): void => {
  if (!secret.name.startsWith(`${environment}/`)) {
    throw new RotationError(
      'secret-outside-environment',
      `Secret ${secret.name} is not of environment ${environment}: its name does not start with "${environment}/"`,
      { retryable: false },
    );
  }
  if (!secret.rotationEnabled) {
    throw new RotationError('rotation-off', `Rotation of secret ${secret.name} is off: turn it on, then rotate`, {
      retryable: false,
    });
  }
  if (!secret.stages.has(token)) {
    throw new RotationError('token-unknown', `Secret ${secret.name} has no version ${token}`, { retryable: false });
  }
};

const run = (step: RotationStep, rotation: Rotation, strategy: Strategy): Promise<StepOutcome> => {
  switch (step) {
    case 'createSecret':
      return createSecret(rotation, strategy);
    case 'setSecret':
      return setSecret(rotation, strategy);
    case 'testSecret':
      return testSecret(rotation, strategy);
    case 'finishSecret':
      return finishSecret(rotation);
  }
};
