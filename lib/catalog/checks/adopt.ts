/** Checks a secret that exists already: its account and region, and that nothing would change its value. */
import type { SecretScope } from './scope.ts';

export const checkAdopted = (scope: SecretScope): void => {
  const { path, secret, report } = scope;
  if (secret.adopt === undefined) return;
  if (secret.name !== undefined) {
    report(
      [...path, 'name'],
      'not-with-adopt',
      'must be left out with adopt: the secret keeps the name that it has',
      'key',
    );
  }
  if (secret.value === 'generated') {
    report(
      [...path, 'value'],
      'not-with-adopt',
      'must be supplied with adopt (got generated): the secret keeps the value that it has; write supplied, or leave it out',
    );
  }
  if (secret.replicas !== undefined && secret.replicas.length > 0) {
    report(
      [...path, 'replicas'],
      'not-with-adopt',
      'must be left out with adopt: a deployment changes nothing of an adopted secret; ' +
        'replicate it with `aws secretsmanager replicate-secret-to-regions`',
      'key',
    );
  }
  checkLocation(scope);
  checkForeignReaders(scope);
};

const checkLocation = ({ path, secret: { adopt }, environment, report }: SecretScope): void => {
  if (environment?.account === undefined || environment.region === undefined) return;
  const arn = locationOf(adopt?.arn);
  if (arn !== undefined && (arn.account !== environment.account || arn.region !== environment.region)) {
    report(
      [...path, 'adopt', 'arn'],
      'wrong-location',
      `must be in account ${environment.account} and region ${environment.region} of environment ${environment.name} ` +
        `(got account ${arn.account}, region ${arn.region}); write the ARN of each environment under overrides`,
    );
    return;
  }
  const key = locationOf(adopt?.key);
  if (key === undefined || key.region === environment.region) return;
  report(
    [...path, 'adopt', 'key'],
    'wrong-location',
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
      'reader-of-other-account',
      `can't be of another account while AWS manages the key of the adopted secret (got ${reader}, of account ${account}), ` +
        'for that key serves no other; encrypt the secret with a key of your own, and write adopt.key',
    );
  }
};

const locationOf = (arn: string | undefined): { region: string; account: string } | undefined => {
  const [, , , region, account] = arn?.split(':') ?? [];
  return region === undefined || account === undefined ? undefined : { region, account };
};
