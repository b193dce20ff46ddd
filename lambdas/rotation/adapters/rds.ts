/** Amazon RDS, with Aurora and DocumentDB clusters, behind the `Instances` port. */
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  type DBInstance,
  RDSClient,
} from '@aws-sdk/client-rds';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Endpoint } from '../../databases/port.ts';
import type { Instance, InstanceId, Instances } from '../core/ports.ts';
import { type RotationFailure, RotationError } from '../core/rotation-error.ts';
import { awsClientOptions, awsErrorName, callAws } from '../../runtime/adapters/aws-client.ts';

/** A client as the functions use it. */
export const rdsClient = (): RDSClient => new RDSClient(awsClientOptions);

export const rdsInstances = (client: RDSClient, deadline: Deadline): Instances => {
  const call: Call = (doing, send) => callAws(doing, deadline, (options) => send(client, options));
  return {
    describe: (id) => ('rds' in id ? describeInstance(call, id) : describeCluster(call, id)),
    setMasterPassword: (id, password) => setMasterPassword(call, id, password),
  };
};

type Call = <Result>(
  doing: string,
  send: (client: RDSClient, options: { readonly abortSignal: AbortSignal }) => Promise<Result>,
) => Promise<Result>;

/** What both kinds tell of their master user under the same keys. */
type Master = Pick<DBInstance, 'MasterUsername' | 'MasterUserSecret' | 'PendingModifiedValues'>;

/** The status while RDS sets a master password. */
const resetting = 'resetting-master-credentials';

const describeInstance = async (call: Call, id: { readonly rds: string }): Promise<Instance> => {
  const instance = await findInstance(call, id.rds);
  const writer = endpointOf(instance);
  if (!instance || !writer) throw unknown(id, instance !== undefined);
  return {
    ...writer,
    ...masterOf(instance, instance.DBInstanceStatus),
    readers: await replicasOf(call, instance),
  };
};

const describeCluster = async (call: Call, id: { readonly rdsCluster: string }): Promise<Instance> => {
  const find = call(`describe RDS cluster ${id.rdsCluster}`, (client, options) =>
    client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id.rdsCluster }), options),
  );
  const [cluster] = (await orNothing(find, ['DBClusterNotFoundFault', 'DBClusterNotFound']))?.DBClusters ?? [];
  const { Endpoint: host, ReaderEndpoint: reader, Port: port, DBClusterMembers: members = [] } = cluster ?? {};
  if (!cluster || host === undefined || port === undefined) throw unknown(id, cluster !== undefined);
  // A cluster of one answers at its reader endpoint too: that is the writer again.
  const readers = reader !== undefined && members.length > 1 ? [{ host: reader, port }] : [];
  return { host, port, ...masterOf(cluster, cluster.Status), readers };
};

const masterOf = (
  { MasterUsername: username, MasterUserSecret: secret, PendingModifiedValues: pending }: Master,
  status: string | undefined,
): Pick<Instance, 'masterSecretArn' | 'masterUsername' | 'masterPasswordPending'> => ({
  ...(secret?.SecretArn !== undefined && { masterSecretArn: secret.SecretArn }),
  ...(username !== undefined && { masterUsername: username }),
  masterPasswordPending: pending?.MasterUserPassword !== undefined || status === resetting,
});

/**
 * The read replicas in this region: one in another has an ARN here, and is for the tag `strongroom:read-replicas`. One that
 * is being made or was just deleted does not answer to anybody, so it stops no rotation.
 */
const replicasOf = async (call: Call, instance: DBInstance): Promise<readonly Endpoint[]> => {
  const identifiers = (instance.ReadReplicaDBInstanceIdentifiers ?? []).filter((name) => !name.startsWith('arn:'));
  const replicas = await Promise.all(identifiers.map((identifier) => findInstance(call, identifier)));
  return replicas.map(endpointOf).filter((endpoint) => endpoint !== undefined);
};

const endpointOf = (instance: DBInstance | undefined): Endpoint | undefined => {
  const { Address: host, Port: port } = instance?.Endpoint ?? {};
  return host === undefined || port === undefined ? undefined : { host, port };
};

const findInstance = async (call: Call, identifier: string): Promise<DBInstance | undefined> => {
  const find = call(`describe RDS instance ${identifier}`, (client, options) =>
    client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }), options),
  );
  return (await orNothing(find, ['DBInstanceNotFoundFault', 'DBInstanceNotFound']))?.DBInstances?.[0];
};

const setMasterPassword = async (call: Call, id: InstanceId, password: string): Promise<void> => {
  const change = { MasterUserPassword: password, ApplyImmediately: true };
  const modify = call(`set the master password of ${nameOf(id)}`, async (client, options) => {
    if ('rds' in id)
      await client.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: id.rds, ...change }), options);
    else await client.send(new ModifyDBClusterCommand({ DBClusterIdentifier: id.rdsCluster, ...change }), options);
    return 'accepted' as const;
  });
  if (
    await orNothing(modify, ['InvalidDBInstanceStateFault', 'InvalidDBInstanceState', 'InvalidDBClusterStateFault'])
  ) {
    return;
  }
  throw new RotationError(
    'master-password-pending',
    `${nameOf(id)} takes no new master password now: it is not available, or being modified`,
    { retryable: true },
  );
};

const unknown = (id: InstanceId, exists: boolean): RotationFailure =>
  new RotationError(
    'instance-unknown',
    `${nameOf(id)} ${exists ? 'has no endpoint yet' : 'does not exist in this account and region'}`,
    // What is being created gets its endpoint in time.
    { retryable: exists },
  );

const nameOf = (id: InstanceId): string => ('rds' in id ? `RDS instance ${id.rds}` : `RDS cluster ${id.rdsCluster}`);

/** `undefined` if the service answers with one of these errors. */
const orNothing = async <Result>(call: Promise<Result>, names: readonly string[]): Promise<Result | undefined> => {
  try {
    return await call;
  } catch (error) {
    if (names.includes(awsErrorName(error) ?? '')) return undefined;
    throw error;
  }
};
