/**
 * RDS for databases that run on this machine: what their clients ask of RDS, the master secret that RDS manages, and
 * the change of a master password.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
 */
import { randomBytes, randomUUID } from 'node:crypto';

import type { AwsRequest, AwsResponse, Forward, ServiceOverlay } from '../../request.ts';
import { jsonCall, parseJsonObject, ServiceError } from '../../service-call.ts';
import { databaseAnswer, replicasOf, withDatabases } from './database-xml.ts';
import { type CheckedDatabase, databaseSchema, type LocalDatabase, type RegisteredDatabase } from './local-database.ts';
import { modifyMasterPassword } from './master-password.ts';

export type { LocalDatabase, RegisteredDatabase } from './local-database.ts';

export interface Rds extends ServiceOverlay {
  readonly service: 'rds';
  /**
   * Makes a local database an RDS instance or cluster of its account.
   * @throws ZodError if a field is missing or wrong
   * @throws RangeError if the account has a database of that name, or a reader of a cluster is at another port
   */
  register(database: LocalDatabase): Promise<RegisteredDatabase>;
  /** Forgets every database, as after a reset of the emulator. */
  reset(): void;
}

export interface RdsOptions {
  readonly region: string;
  /** Makes the master secret, past policies: as RDS does it with its service-linked role. */
  readonly secretsManager: Pick<ServiceOverlay, 'handle'>;
  readonly forward: Forward;
  readonly now: () => number;
  /** Called with what fails in the background. */
  readonly onError: (error: unknown) => void;
}

const principal = 'rds.amazonaws.com';

export const createRds = ({ region, secretsManager, forward, now, onError }: RdsOptions): Rds => {
  const databases = new Map<string, RegisteredDatabase>();

  const createMasterSecret = async (database: CheckedDatabase, arn: string): Promise<string> => {
    const cluster = database.kind === 'cluster';
    const request = jsonCall({ account: database.account, region }, principal, 'secretsmanager', 'CreateSecret', {
      Name: `rds!${cluster ? 'cluster' : 'db'}-${randomUUID()}`,
      ClientRequestToken: randomUUID(),
      Description: `The secret associated with the primary RDS DB ${database.kind}: ${arn}`,
      SecretString: JSON.stringify({ username: database.adminUser, password: database.adminPassword }),
      Tags: [
        { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
        { Key: `aws:rds:primaryDB${cluster ? 'Cluster' : 'Instance'}Arn`, Value: arn },
      ],
    });
    const response = await secretsManager.handle(request, forward);
    const { ARN } = parseJsonObject(response.body);
    if (response.status >= 400 || typeof ARN !== 'string') {
      throw new Error(`The master secret of ${arn} could not be made: status ${response.status}`);
    }
    return ARN;
  };

  return {
    service: 'rds',
    register: async (input) => {
      const database = databaseSchema.parse(input);
      const { account, identifier, kind } = database;
      const key = `${account}/${kind}/${identifier}`;
      if (databases.has(key)) {
        throw new RangeError(`Account ${account} has a database ${identifier} already: register it once`);
      }
      const elsewhere = kind === 'cluster' && database.readers.find(({ port }) => port !== database.port);
      if (elsewhere) {
        throw new RangeError(`A cluster has one port: reader ${elsewhere.identifier} is not at ${database.port}`);
      }
      const arn = `arn:aws:rds:${region}:${account}:${kind === 'cluster' ? 'cluster' : 'db'}:${identifier}`;
      const registered: RegisteredDatabase = {
        account,
        region,
        database,
        arn,
        resourceId: `${kind === 'cluster' ? 'cluster' : 'db'}-${randomBytes(13).toString('hex').toUpperCase()}`,
        createdAt: now(),
        masterPasswordPending: false,
        ...(database.manageMasterUserPassword && {
          masterSecret: {
            arn: await createMasterSecret(database, arn),
            kmsKeyId: `arn:aws:kms:${region}:${account}:alias/aws/secretsmanager`,
          },
        }),
      };
      databases.set(key, registered);
      return registered;
    },
    handle: async (request, next) => {
      const target = targets[request.operation];
      if (target === undefined) return next(request);
      const own = [...databases.values()].filter(
        ({ account, region: home, database }) =>
          account === request.caller.account && home === request.region && database.kind === target.kind,
      );
      const id = request.input[target.idField];
      if (typeof id !== 'string' || id === '') return withDatabases(request.operation, await next(request), own);
      const found = own.find(({ database, arn }) => database.identifier === id.toLowerCase() || arn === id);
      if (found && request.operation.startsWith('Modify')) return modifyMasterPassword(request, found, onError);
      if (found) return databaseAnswer(request.operation, found, request.requestId);
      return replicaAnswer(request, id, own) ?? elsewhere(request, id, next, target);
    },
    reset: () => {
      databases.clear();
    },
  };
};

interface Target {
  readonly kind: CheckedDatabase['kind'];
  readonly idField: string;
}

const instance: Target = { kind: 'instance', idField: 'DBInstanceIdentifier' };
const cluster: Target = { kind: 'cluster', idField: 'DBClusterIdentifier' };
const targets: Readonly<Record<string, Target>> = {
  DescribeDBInstances: instance,
  ModifyDBInstance: instance,
  DescribeDBClusters: cluster,
  ModifyDBCluster: cluster,
};

const replicaAnswer = (
  { operation, requestId }: AwsRequest,
  id: string,
  own: readonly RegisteredDatabase[],
): AwsResponse | undefined => {
  for (const registered of own) {
    const replica = replicasOf(registered).find(({ identifier }) => identifier === id.toLowerCase());
    if (replica && operation === 'DescribeDBInstances')
      return databaseAnswer(operation, registered, requestId, replica);
  }
  return undefined;
};

/** Perhaps the emulator has it, from a stack. */
const elsewhere = async (request: AwsRequest, id: string, forward: Forward, { kind }: Target): Promise<AwsResponse> => {
  const response = await forward(request);
  if (response.status < 400) return response;
  const [code, what] =
    kind === 'cluster' ? ['DBClusterNotFoundFault', 'DBCluster'] : ['DBInstanceNotFound', 'DBInstance'];
  throw new ServiceError(code, `${what} ${id} not found.`, 404);
};
