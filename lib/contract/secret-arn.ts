/**
 * The ARN of a secret: `arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX`. Secrets Manager chooses the
 * suffix when it creates the secret, and takes a partial ARN, without the suffix, where it takes an ARN:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
import { secretNameCharacters } from './secret-names.ts';

/** Where a secret is. */
export interface SecretLocation {
  readonly partition: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
}

export interface SecretArn extends SecretLocation {
  /** Without the suffix. */
  readonly name: string;
  /** Six letters and digits. `undefined`: a partial ARN. */
  readonly suffix: string | undefined;
}

/**
 * Reads a complete or a partial ARN; `undefined`: not the ARN of a secret. Region and account may be empty, as some
 * CloudTrail records leave them.
 */
export const parseSecretArn = (text: string): SecretArn | undefined => {
  const [, partition, region, account, name, suffix] =
    /^arn:([\w-]+):secretsmanager:([\w-]*):(\d*):secret:(.+?)(?:-([A-Za-z0-9]{6}))?$/.exec(text) ?? [];
  return partition === undefined || region === undefined || account === undefined || name === undefined
    ? undefined
    : { partition, region, account, name, suffix };
};

/** The name in the ARN of a secret; any other text as it is. */
export const secretNameIn = (reference: string): string => parseSecretArn(reference)?.name ?? reference;

/** The partial ARN of a secret: for a secret whose suffix is not known. */
export const partialSecretArn = ({ partition, account, region }: SecretLocation, name: string): string =>
  `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;

/** The ARN of a secret in a policy that is written before the suffix is known. */
export const secretArnPattern = (location: SecretLocation, name: string): string =>
  `${partialSecretArn(location, name)}-??????`;

/** ARN pattern of the secrets whose names begin with `prefix`. */
export const secretsNamed = (location: SecretLocation, prefix: string): string =>
  `${partialSecretArn(location, prefix)}*`;

const completeArn = (nameCharacters: string): RegExp =>
  new RegExp(
    `^arn:aws(-[a-z]+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[${nameCharacters}]{1,512}-[A-Za-z0-9]{6}$`,
  );

/** A complete ARN, with a name that an account can choose. The catalog's JSON Schema has the same pattern. */
export const completeSecretArn = completeArn(secretNameCharacters);

/** A complete ARN, also of a secret that an AWS service owns: its name has a `!`, such as `rds!cluster-…`. */
export const completeSecretArnOfAny = completeArn(`!${secretNameCharacters}`);
