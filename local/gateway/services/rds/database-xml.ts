/** RDS instances and clusters in the XML of the query protocol. */
import type { AwsResponse } from '../../request.ts';
import { queryAnswer } from '../../wire/answer.ts';
import type { CheckedDatabase, RegisteredDatabase } from './local-database.ts';

const namespace = 'http://rds.amazonaws.com/doc/2014-10-31/';

/** The answer of `DescribeDB…s` about one database, or of `ModifyDB…`. */
export const databaseAnswer = (
  operation: string,
  registered: RegisteredDatabase,
  requestId: string,
  replica?: CheckedDatabase['readers'][number],
): AwsResponse => {
  const name = registered.database.kind === 'cluster' ? 'DBCluster' : 'DBInstance';
  const element = { [name]: elementOf(registered, replica) };
  const result = operation.startsWith('Describe') ? { [`${name}s`]: element } : element;
  return queryAnswer(operation, namespace, result, requestId);
};

/** The emulator's list with the registered databases of its kind in front. */
export const withDatabases = (
  operation: string,
  response: AwsResponse,
  databases: readonly RegisteredDatabase[],
): AwsResponse => {
  if (response.status >= 400 || databases.length === 0) return response;
  const name = operation === 'DescribeDBClusters' ? 'DBCluster' : 'DBInstance';
  const own = databases
    .flatMap((one) => [
      databaseAnswer(operation, one, ''),
      ...replicasOf(one).map((replica) => databaseAnswer(operation, one, '', replica)),
    ])
    .map(({ body }) => new RegExp(`<${name}>.*</${name}>`, 's').exec(body.toString('utf8'))?.[0] ?? '')
    .join('');
  const text = response.body
    .toString('utf8')
    .replace(new RegExp(`<${name}s\\s*/>`), `<${name}s></${name}s>`)
    .replace(`<${name}s>`, () => `<${name}s>${own}`);
  return { ...response, body: Buffer.from(text) };
};

/** The instances that replicate an instance; the members of a cluster are not shown one by one. */
export const replicasOf = ({ database }: RegisteredDatabase): CheckedDatabase['readers'] =>
  database.kind === 'instance' ? database.readers : [];

const elementOf = (
  registered: RegisteredDatabase,
  replica: CheckedDatabase['readers'][number] | undefined,
): Record<string, unknown> => {
  if (replica) return replicaElement(registered, replica);
  return registered.database.kind === 'cluster' ? clusterElement(registered) : instanceElement(registered);
};

const instanceElement = (registered: RegisteredDatabase): Record<string, unknown> => {
  const { database, arn, resourceId } = registered;
  const replicas = database.readers.map(({ identifier }) => identifier);
  return {
    DBInstanceIdentifier: database.identifier,
    DBInstanceArn: arn,
    DbiResourceId: resourceId,
    DBInstanceClass: 'db.t4g.micro',
    DBInstanceStatus: statusOf(registered),
    DBName: database.dbname,
    Endpoint: { Address: database.host, Port: database.port },
    InstanceCreateTime: new Date(registered.createdAt).toISOString(),
    MultiAZ: false,
    PubliclyAccessible: false,
    ...(replicas.length > 0 && {
      ReadReplicaDBInstanceIdentifiers: { ReadReplicaDBInstanceIdentifier: replicas },
    }),
    ...common(registered),
  };
};

const replicaElement = (
  { database, arn, resourceId }: RegisteredDatabase,
  { identifier, host, port }: CheckedDatabase['readers'][number],
): Record<string, unknown> => ({
  DBInstanceIdentifier: identifier,
  DBInstanceArn: `${arn.slice(0, arn.lastIndexOf(':'))}:${identifier}`,
  DbiResourceId: `${resourceId.slice(0, -2)}RR`,
  DBInstanceClass: 'db.t4g.micro',
  DBInstanceStatus: 'available',
  Engine: database.engine,
  MasterUsername: database.adminUser,
  Endpoint: { Address: host, Port: port },
  ReadReplicaSourceDBInstanceIdentifier: database.identifier,
});

const clusterElement = (registered: RegisteredDatabase): Record<string, unknown> => {
  const { database, arn, resourceId } = registered;
  const { identifier, host, port, readers } = database;
  const [reader] = readers;
  const member = (name: string, isWriter: boolean) => ({ DBInstanceIdentifier: name, IsClusterWriter: isWriter });
  return {
    DBClusterIdentifier: identifier,
    DBClusterArn: arn,
    DbClusterResourceId: resourceId,
    Status: statusOf(registered),
    DatabaseName: database.dbname,
    Endpoint: host,
    // A cluster without readers answers here too, as its writer.
    ReaderEndpoint: reader?.host ?? host,
    Port: port,
    ClusterCreateTime: new Date(registered.createdAt).toISOString(),
    DBClusterMembers: {
      DBClusterMember: [member(`${identifier}-1`, true), ...readers.map((own) => member(own.identifier, false))],
    },
    ...common(registered),
  };
};

const common = ({ database, masterSecret, masterPasswordPending }: RegisteredDatabase): Record<string, unknown> => ({
  Engine: database.engine,
  MasterUsername: database.adminUser,
  StorageEncrypted: true,
  IAMDatabaseAuthenticationEnabled: false,
  // The password itself is never shown.
  ...(masterPasswordPending && { PendingModifiedValues: { MasterUserPassword: '****' } }),
  ...(masterSecret && {
    MasterUserSecret: { SecretArn: masterSecret.arn, SecretStatus: 'active', KmsKeyId: masterSecret.kmsKeyId },
  }),
});

const statusOf = ({ masterPasswordPending }: RegisteredDatabase): string =>
  masterPasswordPending ? 'resetting-master-credentials' : 'available';
