/** Which key encrypts a secret, and for which secrets by their names the environment's keys are. */
import type { EnvironmentCatalog } from '../catalog/index.ts';
import type { DeclaredSecret } from './declared.ts';
import type { KeyCircumstances } from './request.ts';

/** `strongroom`: of the environment, region and sensitivity; the others are those of adopted secrets. */
export type KeyOwner = 'strongroom' | 'organisation' | 'AWS';

export const keyOwnerOf = ({ source }: DeclaredSecret): KeyOwner => {
  if (!source?.adopted) return 'strongroom';
  return source.adopted.keyArn === undefined ? 'AWS' : 'organisation';
};

/** Whether two secrets are encrypted under one key. */
export const haveSameKey = (one: DeclaredSecret, other: DeclaredSecret): boolean => idOf(one) === idOf(other);

/**
 * Whether the ARN of a secret begins as those of an environment do in a region, or of one of its applications: all that
 * policies know of a secret's place. An adopted secret may have any name.
 */
export const isNamedIn = (
  { name, account }: EnvironmentCatalog,
  region: string,
  secret: DeclaredSecret,
  application?: string,
): boolean =>
  secret.environment.account === account &&
  secret.region === region &&
  secret.fullName.startsWith(application === undefined ? `${name}/` : `${name}/${application}/`);

/** Keys serve the Secrets Manager of their own region. */
export const isViaSecretsManager = (
  { region }: DeclaredSecret,
  { via, viaRegion = region }: KeyCircumstances,
): boolean => via === 'secretsmanager' && viaRegion === region;

const idOf = (secret: DeclaredSecret): string => {
  const { environment, region, sensitivity, source } = secret;
  switch (keyOwnerOf(secret)) {
    case 'strongroom':
      return `${environment.name} ${region} ${sensitivity}`;
    case 'organisation':
      return source?.adopted?.keyArn ?? '';
    case 'AWS':
      return `${environment.account} ${region}`;
  }
};
