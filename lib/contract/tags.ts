/**
 * Tags of a secret. The connection facts of a database secret live here and not in its generated value: changing the
 * template of a generated value would generate a new password (aws/aws-cdk#19985), changing a tag never does. The next
 * rotation writes the facts into the value.
 *
 * Tag values: 256 characters at most, letters, digits, spaces and `_ . : / = + - @`
 * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html).
 */
export const secretTag = {
  environment: 'strongroom:environment',
  application: 'strongroom:application',
  secret: 'strongroom:secret',
  owner: 'strongroom:owner',
  contact: 'strongroom:contact',
  class: 'strongroom:class',
  sensitivity: 'strongroom:sensitivity',
  /** A `DatabaseEngine`. */
  engine: 'strongroom:engine',
  /** Host name of the database's writer, where rotations connect. Either this or {@link secretTag.rds}. */
  host: 'strongroom:host',
  /** RDS instance identifier, from which the rotation function learns host and port. */
  rds: 'strongroom:rds',
  /** Identifier of an Aurora or DocumentDB cluster, likewise. */
  rdsCluster: 'strongroom:rds-cluster',
  /** TCP port, decimal. */
  port: 'strongroom:port',
  /** Host in the value where applications connect elsewhere: a proxy, a pooler, a reader endpoint, an alias. */
  endpoint: 'strongroom:endpoint',
  /** TCP port of {@link secretTag.endpoint}, decimal. */
  endpointPort: 'strongroom:endpoint-port',
  dbname: 'strongroom:dbname',
  username: 'strongroom:username',
  /** ElastiCache's id of the user, where it is not the user name. */
  userId: 'strongroom:user-id',
  /** `disable`: no TLS to the database, which the catalog allows with an exception only. */
  tls: 'strongroom:tls',
  /** The name in the server's certificate, where the host is an alias. */
  tlsServerName: 'strongroom:tls-server-name',
  /** Hosts that replicate users with a lag, `host` or `host:port`, separated by spaces: each is tested too. */
  readReplicas: 'strongroom:read-replicas',
  /** A `RotationStrategy`. */
  strategy: 'strongroom:strategy',
  /** Network of the rotation function. Absent: the default network. */
  network: 'strongroom:network',
  /** How long the credential before the current one stays valid, in whole hours: `24h`. */
  grace: 'strongroom:grace',
  /** Where the admin credential is: `rds` (the master secret that RDS manages for `strongroom:rds`), or the name of a secret. */
  admin: 'strongroom:admin',
  /** On a secret that others name as their admin: the rotation function that may read it, as `rotatorName` names it. */
  adminFor: 'strongroom:admin-for',
  /** What the first rotation grants to the user it creates, `public=read-write audit=read-only`. Absent: the user must exist. */
  provision: 'strongroom:provision',
  /** On a secret that is read by its tags: the consumers of its application that read it, `:api:settlement:`. */
  readers: 'strongroom:readers',
  /** On a role that reads by tags: the consumer's name within its application. */
  consumer: 'strongroom:consumer',
} as const;

/**
 * Tags that begin with this are the rotation function's own: the key ends with the digest of a pending value that it wrote,
 * and the value is the version id. Its role alone may set them, so a pending value without one is somebody else's.
 */
export const pendingMarkPrefix = 'strongroom:pending/';

/** How the keys of all tags of Strongroom begin. */
export const tagPrefix = 'strongroom:';

/**
 * The last day on which a certificate, a key or a token is of use, `YYYY-MM-DD` (UTC). Its end is in its value, which nothing
 * reads for that, so the issuer says it here. The deployers and the rotation function may set it.
 */
export const expiresTag = 'strongroom:expires';

/** `:api:settlement:`: names of consumers, each between two colons, so that none is a part of another. */
export const formatReaders = (consumers: readonly string[]): string =>
  consumers.length === 0 ? '' : `:${[...consumers].sort().join(':')}:`;

/** The value of {@link secretTag.admin} for a master secret that RDS manages. */
export const adminManagedByRds = 'rds';

/** Every {@link SchemaPrivilege}. */
export const schemaPrivileges = ['read-only', 'read-write', 'migrate'] as const;
/** `migrate` is `read-write`, and creating tables in the schema: the user of a migration tool. */
export type SchemaPrivilege = (typeof schemaPrivileges)[number];

/** Schema name to privilege. */
export type Grants = Readonly<Record<string, SchemaPrivilege>>;

/** `public=read-write audit=read-only`: grants in the characters that a tag value may have, sorted by schema. */
export const formatGrants = (grants: Grants): string =>
  Object.entries(grants)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([schema, privilege]) => `${schema}=${privilege}`)
    .join(' ');

/** The inverse of {@link formatGrants}; `undefined` if the text is not a list of grants. */
export const parseGrants = (text: string): Grants | undefined => {
  const grants: [schema: string, privilege: SchemaPrivilege][] = [];
  for (const entry of text.split(' ').filter((part) => part !== '')) {
    const [schema, text, ...rest] = entry.split('=');
    const privilege = schemaPrivileges.find((known) => known === text);
    if (!schema || rest.length > 0 || privilege === undefined) return undefined;
    grants.push([schema, privilege]);
  }
  return Object.fromEntries(grants);
};

/** `24h`, the value of {@link secretTag.grace}. */
export const formatGrace = (hours: number): string => `${hours}h`;

/** The inverse of {@link formatGrace}, in hours; `undefined` if the text is not a grace time. */
export const parseGrace = (text: string): number | undefined => {
  const [, hours] = /^(\d{1,5})h$/.exec(text) ?? [];
  return hours === undefined ? undefined : Number(hours);
};
