/** Which secret an operator means, and where it is. */
import { existsSync } from 'node:fs';

import { parseSecretArn, type SecretArn } from '../../lib/contract/index.ts';
import { type Application, type Catalog, type EnvironmentCatalog, type Secret } from '../../lib/model/index.ts';
import { didYouMean, loadCatalog } from '../../lib/catalog/index.ts';
import { environmentNamed, unknownName } from '../catalog/catalog-names.ts';
import { CommandError, UsageError } from '../terminal/errors.ts';
import type { OperatorAws } from './ports.ts';

export interface TargetOptions {
  /** Folder of the catalog. */
  readonly catalog: string;
  /** Whether the folder was named, and so must be there. */
  readonly catalogGiven: boolean;
  readonly environment?: string;
  readonly application?: string;
  readonly region?: string;
}

export interface Target {
  /** Full name or ARN. */
  readonly secretId: string;
  /** What the catalog declares. Absent if no catalog has it. */
  readonly declared?: Declared;
}

/** A secret of the catalog, with its application: the name of an adopted secret does not contain it. */
export interface Declared {
  readonly secret: Secret;
  readonly application: Application;
  readonly environment: EnvironmentCatalog;
}

/** Targets of one environment, and so of one account and region. */
export interface Targets {
  readonly targets: readonly Target[];
  readonly environment?: string;
  /** Account that they must be in. `undefined`: unknown. */
  readonly account?: string;
  readonly region?: string;
}

/**
 * The secret that `word` names: `payments/orders-db` of an environment, `prod/payments/orders-db`, or an ARN.
 *
 * @throws {@link UsageError} if no secret has that name, or several have it
 */
export const targetNamed = (word: string, options: TargetOptions): Targets & { readonly targets: [Target] } => {
  const catalog = catalogOf(options);
  const arn = parseArn(word);
  if (arn) return ofArn(word, arn, catalog, options);
  const name = withApplication(word, options.application);
  if (!catalog) {
    if (options.environment !== undefined && name.split('/').length === 2) {
      return { targets: [{ secretId: `${options.environment}/${name}` }], ...regionOf(options) };
    }
    if (name.split('/').length < 3) {
      throw new UsageError(
        `${word} is not a full name, and there is no catalog in ${options.catalog} to look it up: write ` +
          'ENVIRONMENT/APPLICATION/SECRET, an ARN, or --catalog <folder>',
      );
    }
    return { targets: [{ secretId: name }], ...regionOf(options) };
  }
  const known = namedExactly([word, name], catalog, options);
  if (known) {
    return { targets: [{ secretId: known.secret.fullName, declared: known }], ...placeOf(known.environment, options) };
  }
  const first = catalog.environments.find((one) => name.startsWith(`${one.name}/`) && name.split('/').length > 2);
  if (first && options.environment !== undefined && first.name !== options.environment) {
    throw new UsageError(`${word} is of ${first.name}, and --environment says ${options.environment}: leave one out`);
  }
  const environment = first ?? environmentOf(catalog, options);
  const fullName = first ? name : `${environment.name}/${name}`;
  const declared = secretsOf(environment).find((one) => isNamed(one, [fullName, name]));
  if (!declared) throw unknownSecret(word, fullName, environment);
  return { targets: [{ secretId: declared.secret.fullName, declared }], ...placeOf(environment, options) };
};

/**
 * Every secret of an environment that rotates by itself.
 *
 * @param account the caller's, which selects the environment if none is named
 * @throws {@link UsageError} if there is no catalog, or it has no such environment or application
 */
export const allTargets = (options: TargetOptions, account?: string): Targets => {
  const catalog = catalogOf(options);
  if (!catalog) {
    throw new UsageError(
      `there is no catalog in ${options.catalog} to tell the secrets of an environment: name a secret, or --catalog <folder>`,
    );
  }
  const environment = environmentOf(catalog, options, account);
  const { application } = options;
  const names = environment.applications.map(({ name }) => name);
  if (application !== undefined && !names.includes(application)) {
    throw unknownName('--application', 'application', application, names);
  }
  const targets = secretsOf(environment, application)
    .filter(({ secret }) => secret.rotation.kind !== 'manual')
    .map((declared) => ({ secretId: declared.secret.fullName, declared }));
  return { targets, ...placeOf(environment, options) };
};

/** A region in which to ask who one is: in any of them the answer is the same. */
export const regionToAsk = (options: TargetOptions): string | undefined =>
  options.region ?? catalogOf(options)?.environments[0]?.region;

/**
 * Refuses to go on with credentials of another account: a secret of the same name may be there too.
 *
 * @throws {@link CommandError} `account-mismatch`
 */
export const checkAccount = async (
  aws: Pick<OperatorAws, 'whoAmI'>,
  { account, environment }: Omit<Targets, 'targets'>,
): Promise<void> => {
  if (account === undefined) return;
  const identity = await aws.whoAmI();
  if (identity.account === account) return;
  throw new CommandError(
    'account-mismatch',
    `these credentials are of account ${identity.account} (${identity.arn}), and ` +
      `${environment ?? 'the secret'} is in ${account}: use a profile of that account`,
  );
};

/** An exception that has ended stops a deploy, and never an operator at night. */
const noExceptionHasEnded = new Date(0);

const catalogOf = ({ catalog, catalogGiven }: TargetOptions): Catalog | undefined =>
  catalogGiven || existsSync(catalog) ? loadCatalog(catalog, { today: noExceptionHasEnded }) : undefined;

const parseArn = (word: string): SecretArn | undefined => {
  if (!word.startsWith('arn:')) return undefined;
  const arn = parseSecretArn(word);
  if (!arn || arn.region === '' || arn.account.length !== 12) {
    throw new UsageError(
      `${word} is not the ARN of a secret: arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX`,
    );
  }
  return arn;
};

const ofArn = (
  word: string,
  { region, account, name }: SecretArn,
  catalog: Catalog | undefined,
  options: TargetOptions,
): Targets & { readonly targets: [Target] } => {
  const known = catalog?.environments
    .flatMap((one) => secretsOf(one))
    .find(
      ({ secret, environment: one }) =>
        secret.adopted?.arn === word ||
        (!secret.adopted && secret.fullName === name && one.account === account && one.region === region),
    );
  const environment = known?.environment ?? catalog?.environments.find((one) => name.startsWith(`${one.name}/`));
  if (environment && environment.account !== account) {
    throw new UsageError(`${word}: the catalog has ${environment.name} in account ${environment.account}`);
  }
  const declared = known ?? (environment && secretsOf(environment).find(({ secret }) => secret.fullName === name));
  return {
    targets: [{ secretId: word, ...(declared && { declared }) }],
    account,
    ...(environment && { environment: environment.name }),
    ...regionOf(options, region, 'the ARN'),
  };
};

/**
 * The secret with this name in AWS, or in this place of the catalog.
 *
 * @throws {@link UsageError} where several are
 */
const namedExactly = (words: readonly string[], catalog: Catalog, options: TargetOptions): Declared | undefined => {
  const found = catalog.environments
    .filter(({ name }) => options.environment === undefined || name === options.environment)
    .flatMap((one) => secretsOf(one))
    .filter((one) => isNamed(one, words));
  const [first, ...others] = found;
  if (others.length === 0) return first;
  const environments = [...new Set(found.map(({ environment }) => environment.name))];
  throw new UsageError(
    environments.length > 1
      ? `${words[0] ?? ''} is a secret of several environments: say of which, with --environment ${environments.join(' or ')}`
      : `${words[0] ?? ''} is the name of one secret in AWS, and where another is in the catalog: write the ARN of the one you mean`,
  );
};

/** By its name in AWS, or by its place in the catalog, which of an adopted secret is another. */
const isNamed = ({ secret, application, environment }: Declared, words: readonly string[]): boolean =>
  words.includes(secret.fullName) || words.includes(`${environment.name}/${application.name}/${secret.name}`);

const environmentOf = (catalog: Catalog, options: TargetOptions, account?: string): EnvironmentCatalog => {
  if (options.environment !== undefined) return environmentNamed(catalog, '--environment', options.environment);
  const { environments } = catalog;
  const possible = environments.filter((one) => account === undefined || one.account === account);
  const [only] = possible;
  if (only && possible.length === 1) return only;
  throw new UsageError(`say of which environment: --environment ${environments.map(({ name }) => name).join(' or ')}`);
};

const secretsOf = (environment: EnvironmentCatalog, only?: string): Declared[] =>
  environment.applications
    .filter(({ name }) => only === undefined || name === only)
    .flatMap((application) => application.secrets.map((secret) => ({ secret, application, environment })));

const withApplication = (word: string, application: string | undefined): string =>
  application !== undefined && !word.includes('/') ? `${application}/${word}` : word;

const unknownSecret = (word: string, fullName: string, environment: EnvironmentCatalog): UsageError => {
  const names = secretsOf(environment).map(({ secret }) => secret.fullName);
  const hint = didYouMean(fullName, names, 'add it');
  const suggestion = hint.startsWith('did you mean') ? hint : 'strongroom validate lists what it has';
  return new UsageError(
    `${word}: the catalog has no secret ${fullName}; ${suggestion} (name a secret outside the catalog by its ARN)`,
  );
};

const placeOf = (environment: EnvironmentCatalog, options: TargetOptions): Omit<Targets, 'targets'> => ({
  environment: environment.name,
  account: environment.account,
  ...regionOf(options, environment.region, environment.name),
});

const regionOf = ({ region }: TargetOptions, known?: string, knownBy = ''): Pick<Targets, 'region'> => {
  if (region !== undefined && known !== undefined && region !== known) {
    throw new UsageError(`--region ${region}: ${knownBy} is in ${known}; leave --region out`);
  }
  const chosen = known ?? region;
  return chosen === undefined ? {} : { region: chosen };
};
