/** Checks a secret that exists already: where it is, that its value stays, and that nobody else has it. */
import { secretName, siemSecretName } from '../../contract/index.ts';
import { nameInArn } from '../adopted-name.ts';
import type { Scope, SecretScope } from './scope.ts';

export const checkAdopted = (scope: SecretScope): void => {
  const { path, secret, report } = scope;
  if (secret.adopt === undefined) return;
  if (secret.value === 'generated') {
    report(
      [...path, 'value'],
      'must be supplied with adopt (got generated): the secret keeps the value that it has; write supplied, or leave it out',
    );
  }
  if (secret.replicas !== undefined && secret.replicas.length > 0) {
    report(
      [...path, 'replicas'],
      'must be left out with adopt: a deployment changes nothing of an adopted secret; ' +
        'replicate it with `aws secretsmanager replicate-secret-to-regions`',
      'key',
    );
  }
  checkPlace(scope);
  checkForeignReaders(scope);
};

/** Which secret has a name in Secrets Manager. */
export type SecretOwners = Map<string, string>;

/** Enters the secrets that Strongroom makes. */
export const claimSecrets = (scope: Scope, owners: SecretOwners, file: string): void => {
  const { environment, application, secrets } = scope;
  if (environment === undefined) return;
  owners.set(keyOf(scope, siemSecretName(environment.name)), 'Strongroom itself');
  for (const [name, { adopt, access }] of Object.entries(secrets)) {
    if (adopt !== undefined || access !== undefined) continue;
    owners.set(keyOf(scope, secretName(environment.name, application, name)), `secret ${name} of ${file}`);
  }
};

/** Enters the adopted secrets, and refuses what has an owner. Call it once all that Strongroom makes are claimed. */
export const claimAdopted = (scope: Scope, owners: SecretOwners, file: string): void => {
  if (scope.environment === undefined) return;
  for (const [name, { adopt }] of Object.entries(scope.secrets)) {
    if (adopt?.arn === undefined) continue;
    const adopted = nameInArn(adopt.arn);
    const owner = owners.get(keyOf(scope, adopted));
    if (owner === undefined) owners.set(keyOf(scope, adopted), `secret ${name} of ${file}`);
    else {
      scope.report(
        ['secrets', name, 'adopt', 'arn'],
        `is that of ${owner} too (got ${adopted}); name one secret for it`,
      );
    }
  }
};

const checkPlace = ({ path, secret: { adopt }, environment, report }: SecretScope): void => {
  if (environment?.account === undefined || environment.region === undefined) return;
  const arn = placeOf(adopt?.arn);
  if (arn !== undefined && (arn.account !== environment.account || arn.region !== environment.region)) {
    report(
      [...path, 'adopt', 'arn'],
      `must be in account ${environment.account} and region ${environment.region} of environment ${environment.name} ` +
        `(got account ${arn.account}, region ${arn.region}); write the ARN of each environment under overrides`,
    );
    return;
  }
  const name = adopt?.arn === undefined ? '' : nameInArn(adopt.arn);
  const other = environment.namesIn?.(environment.account).find((one) => name.startsWith(`${one}/`));
  if (other !== undefined && other !== environment.name) {
    report(
      [...path, 'adopt', 'arn'],
      `must not have the name of a secret of environment ${other} (got ${name}): ` +
        `readers of ${environment.name} would be let in; adopt it in ${other}, or copy its value into a secret of another name`,
    );
    return;
  }
  const key = placeOf(adopt?.key);
  if (key === undefined || key.region === environment.region) return;
  report(
    [...path, 'adopt', 'key'],
    `must be in region ${environment.region}, as the secret is (got region ${key.region}); write the key that encrypts it there`,
  );
};

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html */
const checkForeignReaders = ({ path, secret, consumers, report }: SecretScope): void => {
  if (secret.adopt?.arn === undefined || secret.adopt.key !== undefined) return;
  for (const [index, reader] of (secret.readers ?? []).entries()) {
    const account = reader === undefined ? undefined : consumers[reader]?.account;
    if (account === undefined) continue;
    report(
      [...path, 'readers', index],
      `can't be of another account while AWS manages the key of the adopted secret (got ${reader}, of account ${account}), ` +
        'for that key serves no other; encrypt the secret with a key of your own, and write adopt.key',
    );
  }
};

const placeOf = (arn: string | undefined): { region: string; account: string } | undefined => {
  const [, , , region, account] = arn?.split(':') ?? [];
  return region === undefined || account === undefined ? undefined : { region, account };
};

const keyOf = ({ environment }: Scope, name: string): string =>
  [environment?.account ?? environment?.name, environment?.region, name].join(' ');
