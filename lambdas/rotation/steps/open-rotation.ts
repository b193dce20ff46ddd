/** Opens the rotation of a secret: what it is, what its tags want, and whether this function may rotate it. */
import { secretNameIn, secretTag, type RotationStep, type RotationStrategy } from '../../../lib/contract/index.ts';
import { isOfEnvironment } from '../core/of-environment.ts';
import type { RotationPorts, SecretDescription } from '../core/ports.ts';
import { RotationError } from '../core/rotation-error.ts';
import type { Rotation } from '../core/rotation.ts';
import { readSettings } from '../core/settings.ts';
import { strategies } from '../strategies/index.ts';

/** What is known of an invocation so far, for the log; comes also where it fails later. */
export interface StepFacts {
  readonly step?: RotationStep;
  readonly secret?: string;
  readonly versionId?: string;
  readonly strategy?: RotationStrategy;
  /** An operator rotates within the grace time. */
  readonly forced?: true;
}

export type OnFacts = (facts: StepFacts) => void;

export type OpenSecret = Omit<Rotation, 'token'>;

/**
 * @param environment - name of the environment whose secrets may be rotated.
 * @throws RotationError `value-missing`, `secret-outside-environment`, and those of {@link readSettings}.
 */
export const openSecret = async (
  secretId: string,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts,
): Promise<OpenSecret> => {
  onFacts({ secret: secretNameIn(secretId) });
  return withSettings(await ports.versions.describe(secretId), ports, environment, onFacts);
};

/** {@link openSecret}, of a secret that has been described already. */
export const withSettings = (
  secret: SecretDescription,
  ports: RotationPorts,
  environment: string,
  onFacts: OnFacts,
): OpenSecret => {
  onFacts({ secret: secret.name });
  if (!isOfEnvironment(secret, environment)) {
    throw new RotationError(
      'secret-outside-environment',
      `Secret ${secret.name} is not of environment ${environment}: its tag ${secretTag.environment} is ` +
        (secret.tags[secretTag.environment] ?? `missing, and its name does not start with "${environment}/"`),
      { retryable: false },
    );
  }
  const settings = readSettings(secret, { engine: ports.database.engine });
  onFacts({ strategy: settings.strategy });
  return { ports, secret, settings, strategy: strategies[settings.strategy] };
};
