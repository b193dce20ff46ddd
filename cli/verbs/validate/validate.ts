/** `strongroom validate`: checks the catalog, and says what it would give; what it names in IAM, where that is asked for. */

import {
  type AutomaticRotation,
  type Catalog,
  type EnvironmentCatalog,
  type Secret,
} from '../../../lib/model/index.ts';
import {
  CatalogError,
  type CatalogProblem,
  formatProblem,
  loadCatalog,
  scheduleInWords,
} from '../../../lib/catalog/index.ts';
import { locateProblems } from '../../../lib/catalog/source/late-problems.ts';
import { missingFromIam } from '../../../lib/catalog/named-in-iam.ts';
import { formatGrace } from '../../../lib/contract/index.ts';
import { environmentNamed } from '../../catalog/catalog-names.ts';
import { exampleValues } from '../../catalog/example-values.ts';
import { count } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { type ConnectIam, lookUp } from '../../operators/look-up.ts';
import { checkAccount } from '../../operators/target.ts';
import { progressOn } from '../../terminal/progress.ts';
import { table } from '../../terminal/table.ts';
import { stylesOf } from '../../terminal/styles.ts';

export interface ValidateOptions {
  readonly catalog: string;
  /** Name of the environment whose account is asked whether it has what the catalog names in IAM. */
  readonly iam?: string;
}

/**
 * @throws {@link CatalogError} with every problem of every file
 * @throws {@link CommandError} `account-mismatch`, `aws-…`
 * @throws {@link UsageError} if the environment does not exist
 */
export const validate = async (
  host: Host,
  connect: ConnectIam,
  { catalog: directory, iam: name }: ValidateOptions,
): Promise<void> => {
  const catalog = loadCatalog(directory, { today: host.now() });
  const inIam =
    name === undefined ? undefined : await checkIam(host, connect, directory, environmentNamed(catalog, '--iam', name));
  const examples = locateProblems(directory, exampleValues(catalog));
  print(
    host,
    { valid: true, ...summarise(catalog), ...(inIam && { inIam }), ...(examples.length > 0 && { examples }) },
    () => [
      ...inLines(host, directory, catalog),
      ...examplesInLines(host, examples),
      ...(inIam ? ['', `IAM of account ${inIam.account} has all ${inIam.found.length} that ${name} names.`] : []),
    ],
  );
};

/** They are valid, so that a catalog can be tried before an account is known. */
const examplesInLines = (host: Host, examples: readonly CatalogProblem[]): string[] => {
  const { yellow } = stylesOf(host);
  return examples.length === 0
    ? []
    : ['', yellow('Replace before you deploy:'), ...examples.map((example) => `  ${formatProblem(example)}`)];
};

/** What exists. @throws {@link CatalogError} with everything that does not */
const checkIam = async (host: Host, connect: ConnectIam, directory: string, environment: EnvironmentCatalog) => {
  const { name, account, region } = environment;
  const progress = progressOn(host);
  const iam = await connect(region);
  try {
    progress.doing(`Asking IAM of account ${account}`);
    await checkAccount(iam, { environment: name, account });
    const { found, missing } = await lookUp(iam, environment);
    const problems = missingFromIam(directory, environment, missing);
    if (problems.length > 0) throw new CatalogError(problems);
    return { environment: name, account, found };
  } finally {
    progress.end();
    iam.close();
  }
};

const summarise = ({ organisation, environments }: Catalog): object => ({
  organisation,
  environments: environments.map(({ name, account, region, applications }) => ({
    name,
    account,
    region,
    applications: applications.map((application) => ({
      name: application.name,
      owner: application.owner,
      contact: application.contact.name,
      secrets: application.secrets.map((secret) => ({
        name: secret.fullName,
        class: secret.class,
        sensitivity: secret.sensitivity,
        value: secret.value,
        readers: secret.readers,
        ...(secret.sharedWith && { sharedWith: secret.sharedWith }),
        rotation: { ...secret.rotation, inWords: rotationInWords(secret) },
        ...(secret.exception && { exception: secret.exception }),
      })),
      ...(application.iamDatabases && { iamDatabases: application.iamDatabases }),
    })),
  })),
});

/** Those of other applications as `api of billing`. */
const readersInWords = ({ readers, sharedWith = [] }: Secret): string =>
  [
    ...readers,
    ...sharedWith.flatMap(({ application, readers: others }) => others.map((one) => `${one} of ${application}`)),
  ].join(', ');

const inLines = (host: Host, directory: string, { organisation, environments }: Catalog): string[] => {
  const { green, bold } = stylesOf(host);
  const applications = new Set(environments.flatMap((environment) => environment.applications.map(({ name }) => name)));
  const all = environments.flatMap((environment) => environment.applications);
  const secrets = all.flatMap((one) => one.secrets);
  const logins = all.flatMap(({ iamDatabases = [] }) => iamDatabases);
  const counts = [
    count(environments.length, 'environment'),
    count(applications.size, 'application'),
    count(secrets.length, 'secret'),
    ...(logins.length > 0 ? [`${count(logins.length, 'database')} without one`] : []),
  ];
  return [
    `${green('valid')} ${directory}: ${organisation}, ${counts.join(', ')}`,
    ...environments.flatMap(({ name, account, region, applications: here }) => [
      '',
      `${bold(name)} (account ${account}, ${region})`,
      table(
        host,
        ['SECRET', 'CLASS', 'SENSITIVITY', 'VALUE', 'READERS', 'ROTATES'],
        here.flatMap(({ secrets: own, iamDatabases = [] }) => [
          ...own.map((secret) => [
            secret.fullName,
            secret.class,
            secret.sensitivity,
            secret.value,
            readersInWords(secret) || '-',
            rotationInWords(secret),
          ]),
          ...iamDatabases.map(({ name: database, readers }) => [
            ...[
              `database ${database}`,
              'database',
              '-',
              'none',
              readers.join(', ') || '-',
              'never: readers log in with IAM',
            ],
          ]),
        ]),
      ),
    ]),
  ];
};

const rotationInWords = ({ rotation, exception }: Secret): string => {
  const excused = exception ? ` (exception until ${exception.until}, by ${exception.approvedBy})` : '';
  return `${ruleInWords(rotation)}${excused}`;
};

const ruleInWords = (rotation: Secret['rotation']): string => {
  if (rotation.kind === 'manual') return 'by hand';
  return rotation.kind === 'automatic'
    ? automaticInWords(rotation)
    : `${scheduleInWords(rotation.schedule)}, by ${rotation.functionArn.split(':').slice(6).join(':')}`;
};

/** The strategy that most secrets have goes without saying. */
const automaticInWords = ({ schedule, strategy, graceHours }: AutomaticRotation): string => {
  const named = strategy === 'single-user' ? [] : [strategy];
  const grace = graceHours === undefined ? [] : [`grace ${formatGrace(graceHours)}`];
  return [scheduleInWords(schedule), ...named, ...grace].join(', ');
};
