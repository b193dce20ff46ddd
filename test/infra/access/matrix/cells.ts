/** The cells of the matrix: every principal × every secret × every action × every circumstance that could tell. */
import {
  type AccessRequest,
  type AccountAction,
  accountActions,
  type AccountRequest,
  type Circumstances,
  declaredPrincipals,
  declaredSecrets,
  type DeclaredSecret,
  deployerArn,
  exampleOf,
  generous,
  keyActions,
  type KeyAction,
  type KeyCircumstances,
  type Principal,
  secretActions,
  type SecretAction,
  unknownPrincipal,
} from '../../../../lib/access/index.ts';
import { haveSameKey } from '../../../../lib/access/key.ts';
import type { Catalog, EnvironmentCatalog } from '../../../../lib/model/catalog.ts';
import { foreignRegion } from './regions.ts';

export const foreignAccount = '999999999999';
const foreignOrganization = 'o-notours000';
const foreignVpc = 'vpc-0123456789abcdef0';
const foreignEndpoint = 'vpce-0123456789abcdef0';

/** Everybody that the catalog names, as they are and with a policy of their own that allows everything, and unknown principals. */
export const principalsOf = (catalog: Catalog): Principal[] => {
  const declared = declaredPrincipals(catalog);
  const named = declared.filter(({ positions }) => positions.some(({ as }) => as !== 'root' && as !== 'deployer'));
  const accounts = [...new Set([...catalog.environments.map(({ account }) => account), foreignAccount])];
  const unknownPrincipals = [
    ...accounts.map((account) => `arn:aws:iam::${account}:role/administrator`),
    ...catalog.environments.flatMap(({ breakGlass, region }) => breakGlass.map((arn) => exampleOf(arn, region))),
    // Somebody else's account may have roles of the same names.
    ...named.slice(0, 2).map(({ arn }) => arn.replace(/::\d{12}:/, `::${foreignAccount}:`)),
    `arn:aws:iam::${foreignAccount}:role/cdk-hnb659fds-cfn-exec-role-${foreignAccount}-eu-west-1`,
    // Whoever may make roles and permission sets gives them names that look like others.
    ...catalog.environments.map((environment) => deployerArn(environment, 'other')),
    ...catalog.environments.flatMap(peopleNamedAlike),
  ].filter((arn) => !declared.some((one) => one.arn === arn));
  return [
    ...named,
    ...declared.map(generous),
    ...[...new Set(unknownPrincipals)].map(unknownPrincipal),
    ...['*', 'lambda.amazonaws.com', 'secretsmanager.amazonaws.com'].map((arn): Principal => ({
      arn,
      positions: [],
      own: 'nothing',
    })),
  ];
};

/** The permission set `AWSReservedSSO_Support` for `Support`. */
const peopleNamedAlike = ({ account, applications }: EnvironmentCatalog): string[] =>
  applications.flatMap(({ consumers }) =>
    consumers.flatMap((consumer) =>
      'permissionSet' in consumer
        ? `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AWSReservedSSO_${consumer.permissionSet}_0123456789abcdef`
        : [],
    ),
  );

export interface Matrix {
  readonly principals: readonly Principal[];
  readonly secrets: readonly DeclaredSecret[];
  /** What is asked of a secret of each environment, whoever asks. */
  readonly questionsOf: (secret: DeclaredSecret) => readonly Question[];
  readonly accountRequests: readonly AccountRequest[];
  readonly size: number;
}

export type Question = Pick<AccessRequest, 'action' | 'circumstances'>;

export const matrixOf = (catalog: Catalog): Matrix => {
  const secrets = declaredSecrets(catalog);
  const principals = principalsOf(catalog);
  const questions = new Map(secrets.map((secret) => [secret, questionsOf(secret, secrets)]));
  const accountRequests = accountRequestsOf(catalog, principals);
  const size =
    accountRequests.length + principals.length * [...questions.values()].reduce((sum, { length }) => sum + length, 0);
  return { principals, secrets, questionsOf: (secret) => questions.get(secret) ?? [], accountRequests, size };
};

const accountRequestsOf = (catalog: Catalog, principals: readonly Principal[]): AccountRequest[] => {
  const accounts = new Set([...catalog.environments.map(({ account }) => account), foreignAccount]);
  const actions = (Object.keys(accountActions) as (keyof typeof accountActions)[]).flatMap((service) =>
    accountActions[service].map((name) => `${service}:${name}` as AccountAction),
  );
  return principals.flatMap((principal) =>
    [...accounts].flatMap((account) => actions.map((action) => ({ principal, account, action }))),
  );
};

const questionsOf = (secret: DeclaredSecret, secrets: readonly DeclaredSecret[]): Question[] => {
  const organizations = organizationsOf(secret);
  const places = networksOf(secret).flatMap((network) =>
    organizations.map((one): Circumstances => ({ ...network, ...one, secondFactor: 'to AWS' })),
  );
  const [, home] = networksOf(secret);
  const weaker: Circumstances[] = [{}, { secondFactor: 'to the identity provider' as const }].map((factor) => ({
    ...home,
    ...organizations[0],
    ...factor,
  }));
  const keys = isUnderKeyOfAws(secret) ? [] : keyCircumstancesOf(secret, secrets);
  return [
    ...Object.values(secretActions)
      .flat()
      .flatMap((action) =>
        (action === 'GetSecretValue' ? [...places, ...weaker] : places).flatMap((place) =>
          detailsOf(action).map((detail): Question => ({
            action: `secretsmanager:${action}`,
            circumstances: { ...place, ...detail },
          })),
        ),
      ),
    ...places.map((circumstances): Question => ({ action: 'secretsmanager:BatchGetSecretValue', circumstances })),
    ...(isAdopted(secret)
      ? Object.values(secretActions)
          .flat()
          .map((action): Question => ({
            action: `secretsmanager:${action}`,
            circumstances: { ...home, ...organizations[0], secondFactor: 'to AWS', tags: 'set by hand' },
          }))
      : []),
    ...Object.values(keyActions)
      .flat()
      .flatMap((action) =>
        keys.flatMap((key) =>
          (isUse(action) ? organizations : organizations.slice(0, 1)).map((organization): Question => ({
            action: `kms:${action}`,
            circumstances: { ...organization, key },
          })),
        ),
      ),
  ];
};

const isAdopted = ({ source }: DeclaredSecret): boolean => source?.adopted !== undefined;

/** Nobody but AWS decides on that key. */
const isUnderKeyOfAws = ({ source }: DeclaredSecret): boolean =>
  source?.adopted !== undefined && source.adopted.keyArn === undefined;

const isUse = (action: KeyAction): boolean => ['Decrypt', 'Encrypt', 'GenerateDataKey'].includes(action);

/** In the organisation, in another, and in none. */
const organizationsOf = ({ environment: { fences } }: DeclaredSecret): Circumstances[] => [
  { organizationId: fences?.organizationId ?? 'o-whatever00' },
  { organizationId: foreignOrganization },
  {},
];

/** Over the internet; from the VPC; from another; and where one of the two is right. */
const networksOf = ({ environment: { fences } }: DeclaredSecret): Circumstances[] => {
  const vpc = fences?.vpcs?.at(-1) ?? foreignVpc;
  const endpoint = fences?.vpcEndpoints?.at(-1) ?? foreignEndpoint;
  return [
    {},
    { vpc, endpoint },
    { vpc: foreignVpc, endpoint: foreignEndpoint },
    { vpc, endpoint: foreignEndpoint },
    { vpc: foreignVpc, endpoint },
  ];
};

const detailsOf = (action: SecretAction): readonly Circumstances[] => details[action] ?? [{}];

const details: Partial<Record<SecretAction, readonly Circumstances[]>> = {
  GetSecretValue: [
    {},
    { version: 'by id' },
    { version: 'AWSCURRENT' },
    { version: 'AWSPREVIOUS' },
    { version: 'AWSPENDING' },
    { version: 'another label' },
    { version: 'AWSCURRENT', withId: true },
    { version: 'AWSPENDING', withId: true },
  ],
  UpdateSecretVersionStage: [{ version: 'AWSCURRENT' }, { version: 'AWSPENDING' }, { version: 'another label' }],
  TagResource: [{}, { tagKeys: 'a mark' }, { tagKeys: 'a mark and another' }],
  UntagResource: [{}, { tagKeys: 'a mark' }, { tagKeys: 'a mark and another' }],
  DeleteSecret: [{}, { deletion: 'at once' }, { deletion: { afterDays: 7 } }, { deletion: { afterDays: 30 } }],
};

/** Through Secrets Manager, here and in another region, through another service and directly, for this secret and others. */
const keyCircumstancesOf = (secret: DeclaredSecret, secrets: readonly DeclaredSecret[]): KeyCircumstances[] => {
  const others = secrets.filter((one) => one !== secret);
  const isSameEnvironment = (one: DeclaredSecret): boolean => one.environment === secret.environment;
  const isSameKey = (one: DeclaredSecret): boolean => haveSameKey(one, secret);
  const elsewhere = others.find((one) => one.source !== undefined && one.source === secret.source);
  const contexts: KeyCircumstances['context'][] = [
    undefined,
    'validation',
    secret,
    others.find((one) => isSameKey(one) && one.application === secret.application),
    others.find((one) => isSameKey(one) && one.application !== secret.application),
    others.find((one) => isSameEnvironment(one) && one.region === secret.region && !isSameKey(one)),
    others.find((one) => !isSameEnvironment(one)),
    others.find(isAdopted),
    elsewhere,
  ];
  return [
    ...[...new Set(contexts)].flatMap((context) =>
      (['secretsmanager', 's3', undefined] as const).map((via) => ({
        ...(via && { via }),
        ...(context && { context }),
      })),
    ),
    { via: 'secretsmanager', viaRegion: elsewhere?.region ?? foreignRegion, context: secret },
  ];
};
