/** What differs between the engines: one entry per engine, for the catalog, the constructs, the functions and the CLI. */

/** Every {@link DatabaseEngine}. */
export const databaseEngines = [
  'postgres',
  'mysql',
  'mariadb',
  'redis',
  'elasticache',
  'memorydb',
  'sqlserver',
  'mongo',
] as const;
/** The value of `engine` in a secret; AWS's own words where it has one (`mongo` is DocumentDB too, `redis` Valkey too). */
export type DatabaseEngine = (typeof databaseEngines)[number];

/** Every {@link RotationStrategy}. */
export const rotationStrategies = ['single-user', 'alternating-users', 'dual-password', 'admin'] as const;
/**
 * - `single-user`: the application's one user gets a new password.
 * - `alternating-users`: two users with equal rights take turns, so the credential in use is never touched.
 * - `dual-password`: one user; the old password stays valid with the new one for the grace time.
 * - `admin`: the master user of a server.
 */
export type RotationStrategy = (typeof rotationStrategies)[number];

export interface EngineFacts {
  /** The name that its users know. */
  readonly label: string;
  readonly strategies: readonly RotationStrategy[];
  /**
   * Who changes users: `user`, one may change its own password; `admin`, only an admin user may; `function-role`, an
   * AWS API does, under the rotation function's own role.
   */
  readonly usersChangedBy: 'user' | 'admin' | 'function-role';
  /** Whether a user name can have several accounts, of which a user sees and changes one only. @default one account */
  readonly severalAccounts?: true;
  readonly port: number;
  /** Database to log in to if none is named; `undefined`: the engine has no databases. */
  readonly dbname: string | undefined;
  /** Longest user name, in bytes. */
  readonly usernameLimit: number;
  /** Whether RDS runs it: `host: { rds: … }`. */
  readonly onRds: boolean;
  /** Whether it runs as an Aurora or DocumentDB cluster: `host: { rdsCluster: … }`. */
  readonly onRdsCluster: boolean;
  /** Whether `provision` can create the user. */
  readonly provisions: boolean;
  /** Whether RDS takes tokens of IAM: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html @default no */
  readonly iamLogin?: true;
  /** Whether two user names that differ in case alone are one user. @default they are two */
  readonly ignoresCase?: true;
  /** Whether replicas do not get the users of their primary, so that each server needs a secret. @default they get them */
  readonly usersPerServer?: true;
  /** User names and schemas that the engine, or AWS on it, keeps for itself. */
  readonly reserved: { readonly user?: RegExp; readonly schema?: RegExp };
  /** The API of AWS that changes users. Present exactly with `usersChangedBy: 'function-role'`. */
  readonly userApi?: UserApi;
  /** Other words for the engine in secrets that other tools wrote. */
  readonly aliases: readonly string[];
  /** Words in a secret's name that tell the engine. */
  readonly nameWords: readonly string[];
  /** Words before `user` in the keys of values, such as `PGUSER`. */
  readonly keyWords: readonly string[];
  /** Schemes of its URLs, and of JDBC if that is a URL too. */
  readonly schemes: { readonly url: readonly string[]; readonly jdbc?: string };
}

export interface UserApi {
  /** Of IAM actions and ARNs. */
  readonly service: string;
  readonly actions: readonly string[];
  /** Between `user` and the id in the ARN of a user. */
  readonly separator: ':' | '/';
  /** Form of the id, if a user has one apart from its name. @default the name */
  readonly ids?: RegExp;
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUser.html */
export const elastiCacheUserId = /^[a-z]([a-z0-9]|-(?=[a-z0-9])){0,39}$/;

const rdsSchemas = /^(mysql|sys|information_schema|performance_schema)$/i;

export const engineFacts: Readonly<Record<DatabaseEngine, EngineFacts>> = {
  postgres: {
    label: 'PostgreSQL',
    strategies: ['single-user', 'alternating-users', 'admin'],
    usersChangedBy: 'user',
    port: 5432,
    dbname: 'postgres',
    usernameLimit: 63,
    onRds: true,
    onRdsCluster: true,
    provisions: true,
    iamLogin: true,
    reserved: { user: /^(pg_|public$|none$|rdsadmin$)/i, schema: /^(pg_|information_schema$)/i },
    aliases: ['postgresql', 'aurora-postgresql'],
    nameWords: ['postgres', 'postgresql'],
    keyWords: ['pg', 'postgres'],
    schemes: { url: ['postgres', 'postgresql'], jdbc: 'postgresql' },
  },
  mysql: {
    label: 'MySQL',
    strategies: ['single-user', 'alternating-users', 'dual-password', 'admin'],
    usersChangedBy: 'user',
    severalAccounts: true,
    port: 3306,
    dbname: 'mysql',
    usernameLimit: 32,
    onRds: true,
    onRdsCluster: true,
    provisions: true,
    iamLogin: true,
    reserved: { user: /^(mysql\.|rdsadmin$)/i, schema: rdsSchemas },
    aliases: ['aurora-mysql', 'aurora'],
    nameWords: ['mysql'],
    keyWords: ['mysql'],
    schemes: { url: ['mysql'], jdbc: 'mysql' },
  },
  mariadb: {
    label: 'MariaDB',
    strategies: ['single-user', 'alternating-users', 'admin'],
    usersChangedBy: 'user',
    severalAccounts: true,
    port: 3306,
    dbname: 'mysql',
    usernameLimit: 80,
    onRds: true,
    onRdsCluster: false,
    provisions: true,
    iamLogin: true,
    reserved: { user: /^(mariadb\.sys$|mysql$|rdsadmin$)/i, schema: rdsSchemas },
    aliases: [],
    nameWords: ['mariadb'],
    keyWords: [],
    schemes: { url: ['mariadb'], jdbc: 'mariadb' },
  },
  redis: {
    label: 'Redis or Valkey',
    strategies: ['single-user', 'alternating-users', 'dual-password', 'admin'],
    usersChangedBy: 'admin',
    port: 6379,
    dbname: undefined,
    usernameLimit: 128,
    onRds: false,
    onRdsCluster: false,
    provisions: false,
    usersPerServer: true,
    reserved: {},
    aliases: ['valkey'],
    nameWords: ['redis'],
    keyWords: ['redis'],
    schemes: { url: ['redis', 'rediss', 'valkey', 'valkeys'] },
  },
  elasticache: {
    label: 'ElastiCache',
    strategies: ['single-user', 'dual-password'],
    usersChangedBy: 'function-role',
    port: 6379,
    dbname: undefined,
    usernameLimit: 120,
    onRds: false,
    onRdsCluster: false,
    provisions: false,
    reserved: { user: /^default$/ },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticache.html
    userApi: {
      service: 'elasticache',
      actions: ['DescribeUsers', 'ModifyUser'],
      separator: ':',
      ids: elastiCacheUserId,
    },
    aliases: [],
    nameWords: [],
    keyWords: [],
    schemes: { url: [] },
  },
  memorydb: {
    label: 'MemoryDB',
    strategies: ['single-user', 'dual-password'],
    usersChangedBy: 'function-role',
    port: 6379,
    dbname: undefined,
    usernameLimit: 40,
    onRds: false,
    onRdsCluster: false,
    provisions: false,
    reserved: { user: /^default$/ },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmemorydb.html
    userApi: { service: 'memorydb', actions: ['DescribeUsers', 'UpdateUser'], separator: '/' },
    aliases: [],
    nameWords: [],
    keyWords: [],
    schemes: { url: [] },
  },
  sqlserver: {
    label: 'SQL Server',
    strategies: ['single-user', 'alternating-users', 'admin'],
    usersChangedBy: 'user',
    port: 1433,
    dbname: 'master',
    usernameLimit: 128,
    onRds: true,
    onRdsCluster: false,
    provisions: false,
    ignoresCase: true,
    reserved: { user: /^(dbo|guest|sys|public|rdsa|information_schema)$/i },
    aliases: ['sqlserver-ee', 'sqlserver-se', 'sqlserver-ex', 'sqlserver-web'],
    nameWords: ['mssql', 'sqlserver'],
    keyWords: [],
    schemes: { url: ['sqlserver'] },
  },
  mongo: {
    label: 'MongoDB or DocumentDB',
    strategies: ['single-user', 'alternating-users', 'admin'],
    usersChangedBy: 'admin',
    port: 27017,
    dbname: 'admin',
    usernameLimit: 63,
    onRds: false,
    onRdsCluster: true,
    provisions: false,
    reserved: { user: /^(serviceadmin|__system)$/i },
    aliases: ['mongodb', 'docdb'],
    nameWords: ['mongo', 'mongodb', 'documentdb'],
    keyWords: ['mongo'],
    schemes: { url: ['mongodb'] },
  },
};

/** The engine that a word in a secret's value means, or `undefined`. */
export const engineNamed = (word: string): DatabaseEngine | undefined =>
  databaseEngines.find((engine) => engine === word || engineFacts[engine].aliases.includes(word));

/** What each engine says of one fact, without repetitions. */
export const wordsOfEngines = (wordsOf: (facts: EngineFacts) => readonly string[]): string[] => [
  ...new Set(databaseEngines.flatMap((engine) => wordsOf(engineFacts[engine]))),
];

/** The engines for which RDS takes tokens of IAM. */
export const enginesWithIamLogin: readonly DatabaseEngine[] = databaseEngines.filter(
  (engine) => engineFacts[engine].iamLogin === true,
);

/** The second user of `alternating-users` is named after the first; AWS's own functions use the same ending. */
export const alternateSuffix = '_clone';

/**
 * The user whose turn it is: the other one of the two.
 *
 * @param base - the user in the catalog.
 * @param current - the user in use; before the first rotation there may be none.
 */
export const alternateUser = (base: string, current: string | undefined): string =>
  current === base ? `${base}${alternateSuffix}` : base;
