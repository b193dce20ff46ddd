/** What each consumer of an application may read in every environment, as the client takes it. Pure. */
import type { DeclaredClass, DeclaredEnvironment, IamDatabase, SecretsDeclaration } from '../../../client/index.ts';
import type {
  Application,
  Catalog,
  Consumer,
  EnvironmentCatalog,
  IamDatabase as CatalogDatabase,
  Secret,
} from '../../../lib/model/index.ts';
import { partitionOf } from '../../../lib/model/role-arn.ts';
import { partialSecretArn, secretName } from '../../../lib/contract/index.ts';

export interface DeclaredReads {
  readonly declaration: SecretsDeclaration;
  /** What a secret or a database is for, by its name. */
  readonly descriptions: ReadonlyMap<string, string>;
  /** What the consumer reads in some of its environments only: code that runs in all of them must not name it. */
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly name: string;
  /** The environments in which it is read. */
  readonly environments: readonly string[];
}

/** Names of the applications of these environments, sorted. */
export const applicationsOf = (environments: readonly EnvironmentCatalog[]): string[] =>
  sorted(environments.flatMap(({ applications }) => applications.map(({ name }) => name)));

/** One for each consumer of the application, in the order of their names. */
export const declaredReads = (
  { environments }: Pick<Catalog, 'environments'>,
  application: string,
): DeclaredReads[] => {
  const places = environments
    .flatMap((environment) =>
      environment.applications
        .filter(({ name }) => name === application)
        .flatMap((own) => own.consumers.map((consumer) => ({ environment, own, consumer }))),
    )
    .sort((one, other) => compare(one.environment.name, other.environment.name));
  return sorted(places.map(({ consumer }) => consumer.name)).map((name) =>
    readsOf(
      application,
      name,
      places.filter(({ consumer }) => consumer.name === name),
    ),
  );
};

/** A consumer in one environment. */
interface Place {
  readonly environment: EnvironmentCatalog;
  readonly own: Application;
  readonly consumer: Consumer;
}

const readsOf = (application: string, consumer: string, places: readonly Place[]): DeclaredReads => {
  const secrets = shared(places, secretsOf);
  const databases = shared(places, databasesOf);
  return {
    declaration: {
      application,
      consumer,
      secrets: Object.fromEntries([...secrets.inAll].map(([name, found]) => [name, classOf(found)])),
      environments: Object.fromEntries(
        places.map((place, index) => [
          place.environment.name,
          declaredEnvironment(place, at(index, secrets.inAll), at(index, databases.inAll)),
        ]),
      ),
    },
    descriptions: new Map(
      [...secrets.inAll, ...databases.inAll].flatMap(([name, [first]]) =>
        first?.description === undefined ? [] : [[name, first.description]],
      ),
    ),
    leftOut: [...secrets.leftOut, ...databases.leftOut],
  };
};

/** What one of the locations contains, in the order of names. */
const at = <Found>(index: number, inAll: ReadonlyMap<string, readonly Found[]>): Found[] =>
  [...inAll.values()].flatMap((found) => found[index] ?? []);

/** A secret of another application has the name that this one uses for it. */
const secretsOf = ({ own, consumer }: Place): Secret[] => [
  ...own.secrets.filter(({ readers }) => readers.includes(consumer.name)),
  ...(own.uses ?? [])
    .filter(({ readers }) => readers.includes(consumer.name))
    .map(({ name, secret }) => ({ ...secret, name })),
];

const databasesOf = ({ own, consumer }: Place) =>
  (own.iamDatabases ?? []).filter(({ readers }) => readers.includes(consumer.name));

/** What is found in all places, with what it is in each; and the names of the rest. */
const shared = <Found extends { readonly name: string }>(
  places: readonly Place[],
  find: (place: Place) => readonly Found[],
): { readonly inAll: ReadonlyMap<string, readonly Found[]>; readonly leftOut: readonly LeftOut[] } => {
  const found = places.map((place) => ({ place, things: find(place) }));
  const inAll = new Map<string, readonly Found[]>();
  const leftOut: LeftOut[] = [];
  for (const name of sorted(found.flatMap(({ things }) => things.map((thing) => thing.name)))) {
    const there = found.flatMap(({ place, things }) =>
      things.filter((thing) => thing.name === name).map((thing) => ({ environment: place.environment.name, thing })),
    );
    if (there.length === places.length) {
      inAll.set(
        name,
        there.map(({ thing }) => thing),
      );
    } else leftOut.push({ name, environments: there.map(({ environment }) => environment) });
  }
  return { inAll, leftOut };
};

/** A secret that is of one class here and of another there may be anything. */
const classOf = ([first, ...others]: readonly Secret[]): DeclaredClass =>
  first === undefined || others.some((other) => other.class !== first.class) ? 'generic' : first.class;

const declaredEnvironment = (
  { environment, own, consumer }: Place,
  secrets: readonly Secret[],
  databases: readonly CatalogDatabase[],
): DeclaredEnvironment => {
  const secretIds = secrets.flatMap((secret) => {
    const id = secretIdOf(environment, consumer, secret);
    return id === secretName(environment.name, own.name, secret.name) ? [] : [[secret.name, id] as const];
  });
  return {
    ...(secretIds.length > 0 && { secretIds: Object.fromEntries(secretIds) }),
    ...(databases.length > 0 && {
      iamDatabases: Object.fromEntries(databases.map((one) => [one.name, iamDatabase(environment, one)])),
    }),
  };
};

/**
 * Another account reads by ARN; of one that AWS has yet to make, the part before its random characters is enough:
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
 */
const secretIdOf = (
  { account, region }: EnvironmentCatalog,
  consumer: Consumer,
  { fullName, adopted }: Secret,
): string => {
  if (!('account' in consumer)) return fullName;
  return adopted?.arn ?? partialSecretArn({ partition: partitionOf(region), account, region }, fullName);
};

const iamDatabase = (
  { region }: EnvironmentCatalog,
  { host, port, dbname, username }: CatalogDatabase,
): IamDatabase => ({ host, port, ...(dbname !== '' && { dbname }), username, region });

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort(compare);

/** By code units: the order must not depend on where the command runs. */
const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
