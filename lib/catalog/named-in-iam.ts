/** What a catalog names in IAM and others create: if it is missing, a deployment fails, or the first read. */
import { locateProblems } from './source/late-problems.ts';
import type { Application, Consumer, EnvironmentCatalog } from '../model/catalog.ts';
import type { CatalogProblem } from './messages/problem.ts';
import { isPattern, partitionOf } from '../model/role-arn.ts';
import type { Path } from './messages/show-value.ts';

export type IamKind = 'role' | 'managed policy' | 'identity provider';

export interface NamedInIam {
  readonly kind: IamKind;
  readonly arn: string;
  /** Path of the file that names it. Absent: organisation.yaml. */
  readonly file?: string;
  /** Where in the file, or in the environment's overrides. */
  readonly path: Path;
}

/** In the environment's own account: nobody there can ask IAM of another. */
export const namedInIam = (environment: EnvironmentCatalog): NamedInIam[] => {
  const { name, account, breakGlass, operators, applications } = environment;
  const path = ['environments', name];
  return [
    // Identity Center makes the role of a permission set.
    ...breakGlass.flatMap((arn, index): NamedInIam[] =>
      isPattern(arn) ? [] : [{ kind: 'role', arn, path: [...path, 'breakGlass', index] }],
    ),
    ...operators.map((arn, index): NamedInIam => ({ kind: 'role', arn, path: [...path, 'operators', index] })),
    ...boundaryOf(environment, [...path, 'fences', 'permissionsBoundary']),
    ...applications.flatMap((application) => [
      ...namedByConsumers(environment, application),
      ...namedByRotations(application),
    ]),
  ].filter(({ arn }) => accountOf(arn) === account);
};

/** What is named and not there. */
export interface MissingFromIam {
  readonly named: NamedInIam;
  /** ARN of what has the same name under another path. Absent: nothing has the name. */
  readonly instead?: string;
}

/**
 * The same as problems with their places.
 *
 * @param directory - the folder of the catalog, as it was loaded
 */
export const missingFromIam = (
  directory: string,
  { name, account }: EnvironmentCatalog,
  missing: readonly MissingFromIam[],
): CatalogProblem[] =>
  locateProblems(
    directory,
    missing.map(({ named, instead }) => ({
      ...(named.file !== undefined && { file: named.file }),
      environment: name,
      path: named.path,
      code: 'not-in-iam',
      message: problemOf(named, account, instead),
    })),
  );

const problemOf = ({ kind, arn }: NamedInIam, account: string, instead: string | undefined): string =>
  instead === undefined
    ? `names ${articles[kind]} ${kind} that account ${account} does not have (got ${arn}); make it before you deploy, ` +
      'or write one that exists'
    : `names ${articles[kind]} ${kind} under another path than it has (got ${arn}); write ${instead}`;

const articles: Readonly<Record<IamKind, string>> = {
  role: 'a',
  'managed policy': 'a',
  'identity provider': 'an',
};

const boundaryOf = ({ account, region, fences }: EnvironmentCatalog, path: Path): NamedInIam[] =>
  fences?.permissionsBoundary === undefined
    ? []
    : [
        {
          kind: 'managed policy',
          arn: `arn:${partitionOf(region)}:iam::${account}:policy/${fences.permissionsBoundary}`,
          path,
        },
      ];

const namedByConsumers = (environment: EnvironmentCatalog, { consumers, file }: Application): NamedInIam[] =>
  consumers.flatMap((consumer) =>
    namedBy(environment, consumer).map(({ key, ...named }) => ({
      ...named,
      file,
      path: ['consumers', consumer.name, key],
    })),
  );

const namedByRotations = ({ secrets, file }: Application): NamedInIam[] =>
  secrets.flatMap(({ name, rotation }): NamedInIam[] =>
    rotation.kind === 'custom'
      ? [{ kind: 'role', arn: rotation.roleArn, file, path: ['secrets', name, 'rotation', 'role'] }]
      : [],
  );

const namedBy = (
  { account, region }: EnvironmentCatalog,
  consumer: Consumer,
): (Pick<NamedInIam, 'kind' | 'arn'> & { key: string })[] => {
  if ('roleArn' in consumer) return [{ kind: 'role', arn: consumer.roleArn, key: 'role' }];
  if (!('federation' in consumer)) return [];
  const { issuer } = consumer.federation;
  return [
    {
      kind: 'identity provider',
      arn: `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${issuer}`,
      key: consumer.runsOn === 'github' ? 'runsOn' : 'issuer',
    },
  ];
};

const accountOf = (arn: string): string | undefined => arn.split(':')[4];
