/** What differs between the engines, for the catalog that refuses what can't work and the functions that do it. */

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
 * - `dual-password`: one user; the old password stays valid beside the new one for the grace time.
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
  /** Database to log in to where none is named; `undefined`: the engine has no databases. */
  readonly dbname: string | undefined;
  /** Longest user name, in bytes. */
  readonly usernameLimit: number;
  /** Whether RDS runs it: `host: { rds: … }`. */
  readonly onRds: boolean;
  /** Whether it runs as an Aurora or DocumentDB cluster: `host: { rdsCluster: … }`. */
  readonly onRdsCluster: boolean;
  /** Whether `provision` can create the user. */
  readonly provisions: boolean;
  /** Other words for the engine in secrets that other tools wrote. */
  readonly aliases: readonly string[];
}

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
    aliases: ['postgresql', 'aurora-postgresql'],
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
    aliases: ['aurora-mysql', 'aurora'],
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
    aliases: [],
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
    aliases: ['valkey'],
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
    aliases: [],
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
    aliases: [],
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
    aliases: ['sqlserver-ee', 'sqlserver-se', 'sqlserver-ex', 'sqlserver-web'],
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
    aliases: ['mongodb', 'docdb'],
  },
};

/** The engine that a word in a secret's value means, or `undefined`. */
export const engineNamed = (word: string): DatabaseEngine | undefined =>
  databaseEngines.find((engine) => engine === word || engineFacts[engine].aliases.includes(word));

/** The engines for which RDS takes tokens of IAM: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
export const enginesWithIamLogin: readonly DatabaseEngine[] = ['postgres', 'mysql', 'mariadb'];

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
