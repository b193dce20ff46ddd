/** Which key encrypts a secret, and which secret names the environment's keys allow. */
import type { EnvironmentCatalog } from '../model/index.ts';
import { platformApplication } from '../contract/index.ts';
import type { DeclaredSecret } from './declared.ts';
import type { KeyCircumstances } from './request.ts';

/** `strongroom`: the key of the environment, region and sensitivity. The others are keys of adopted secrets. */
export type KeyOwner = 'strongroom' | 'organisation' | 'AWS';

export const keyOwnerOf = ({ source }: DeclaredSecret): KeyOwner => {
  if (!source?.adopted) return 'strongroom';
  return source.adopted.keyArn === undefined ? 'AWS' : 'organisation';
};

/** Whether one key encrypts both secrets. */
export const haveSameKey = (one: DeclaredSecret, other: DeclaredSecret): boolean => idOf(one) === idOf(other);

/**
 * Whether the ARN of a secret starts like those of an environment in a region, or of one of its applications. Policies
 * know no more of where a secret belongs. An adopted secret may have any name.
 */
export const isNamedIn = (
  environment: EnvironmentCatalog,
  region: string,
  secret: DeclaredSecret,
  application?: string,
): boolean =>
  secret.environment.account === environment.account &&
  secret.region === region &&
  beginningsIn(environment, application).some((beginning) => secret.fullName.startsWith(beginning));

/** Whether the environment created the secret with a custom name that does not start like its other names. */
export const isNamedApart = ({ name }: EnvironmentCatalog, secret: DeclaredSecret): boolean =>
  secret.environment.name === name &&
  keyOwnerOf(secret) === 'strongroom' &&
  !isNamedIn(secret.environment, secret.region, secret);

/** Whether the environment's keys can encrypt it. */
export const isServedIn = (environment: EnvironmentCatalog, region: string, secret: DeclaredSecret): boolean =>
  isNamedIn(environment, region, secret) || (isNamedApart(environment, secret) && secret.region === region);

/** The prefix of names by the template: up to the application if that identifies the environment, else up to the secret. */
const beginningsIn = ({ name, nameTemplate, applications }: EnvironmentCatalog, application?: string): string[] => {
  if (nameTemplate === undefined) return [application === undefined ? `${name}/` : `${name}/${application}/`];
  const [beforeSecret = ''] = nameTemplate.split('{secret}');
  const beforeAny = /^(?:(?!\{application\}).)*/.exec(beforeSecret)?.[0] ?? '';
  const named = beforeSecret.replace('{environment}', name);
  if (application !== undefined) return [named.replace('{application}', application)];
  if (beforeAny.includes('{environment}')) return [beforeAny.replace('{environment}', name)];
  return [...applications.map((one) => one.name), platformApplication].map((one) =>
    named.replace('{application}', one),
  );
};

/** Keys can be used only by Secrets Manager of their own region. */
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
