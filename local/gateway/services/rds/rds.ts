/**
 * RDS for databases that run on this machine: what their clients ask of RDS, and the master secret that RDS manages.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
 */
import { randomBytes, randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { AwsRequest, AwsResponse, Forward, ServiceOverlay } from '../../request.ts';
import { jsonCall, parseJsonObject, ServiceError, type Scope } from '../../service-call.ts';
import { describeInstance, withInstances } from './instance-xml.ts';

/** A database as `local/databases/` starts it. */
export const databaseSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'twelve digits'),
  /** RDS identifier: `orders`. */
  identifier: z.string().regex(/^[a-z](?!.*--)[a-z0-9-]{0,62}$/, 'lower-case letters, digits and single hyphens'),
  engine: z.enum(['postgres']),
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535),
  dbname: z.string().min(1),
  adminUser: z.string().min(1),
  adminPassword: z.string().min(1),
  /** Whether RDS keeps the admin's credential in a secret of its own, as `manageMasterUserPassword` of the API. */
  manageMasterUserPassword: z.boolean(),
});
export type LocalDatabase = z.input<typeof databaseSchema>;

export interface RegisteredInstance extends Scope {
  readonly identifier: string;
  readonly arn: string;
  /** `db-…` */
  readonly resourceId: string;
  readonly engine: 'postgres';
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly adminUser: string;
  readonly createdAt: number;
  readonly masterSecret?: { readonly arn: string; readonly kmsKeyId: string };
}

export interface Rds extends ServiceOverlay {
  readonly service: 'rds';
  /**
   * Makes a local database an RDS instance of its account.
   * @throws ZodError where a field is missing or wrong
   * @throws RangeError where the account has an instance of that name
   */
  register(database: LocalDatabase): Promise<RegisteredInstance>;
  /** Forgets every instance, as after a reset of the emulator. */
  reset(): void;
}

export interface RdsOptions {
  readonly region: string;
  /** Makes the master secret, past policies: as RDS does it with its service-linked role. */
  readonly secretsManager: Pick<ServiceOverlay, 'handle'>;
  readonly forward: Forward;
  readonly now: () => number;
}

const principal = 'rds.amazonaws.com';

export const createRds = ({ region, secretsManager, forward, now }: RdsOptions): Rds => {
  const instances = new Map<string, RegisteredInstance>();
  const keyOf = ({ account }: Pick<Scope, 'account'>, identifier: string): string => `${account}/${identifier}`;

  const createMasterSecret = async (database: LocalDatabase, arn: string): Promise<string> => {
    const request = jsonCall({ account: database.account, region }, principal, 'secretsmanager', 'CreateSecret', {
      Name: `rds!db-${randomUUID()}`,
      ClientRequestToken: randomUUID(),
      Description: `The secret associated with the primary RDS DB instance: ${arn}`,
      SecretString: JSON.stringify({ username: database.adminUser, password: database.adminPassword }),
      Tags: [
        { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
        { Key: 'aws:rds:primaryDBInstanceArn', Value: arn },
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
      const { account, identifier, engine, host, port, dbname, adminUser } = database;
      if (instances.has(keyOf(database, identifier))) {
        throw new RangeError(`Account ${account} has a database ${identifier} already: register it once`);
      }
      const arn = `arn:aws:rds:${region}:${account}:db:${identifier}`;
      const instance: RegisteredInstance = {
        account,
        region,
        identifier,
        arn,
        resourceId: `db-${randomBytes(16).toString('hex').toUpperCase().slice(0, 26)}`,
        engine,
        host,
        port,
        dbname,
        adminUser,
        createdAt: now(),
        ...(database.manageMasterUserPassword && {
          masterSecret: {
            arn: await createMasterSecret(database, arn),
            kmsKeyId: `arn:aws:kms:${region}:${account}:alias/aws/secretsmanager`,
          },
        }),
      };
      instances.set(keyOf(database, identifier), instance);
      return instance;
    },
    handle: (request, next) => handle(request, next, instances),
    reset: () => {
      instances.clear();
    },
  };
};

const handle = async (
  request: AwsRequest,
  forward: Forward,
  instances: ReadonlyMap<string, RegisteredInstance>,
): Promise<AwsResponse> => {
  if (request.operation !== 'DescribeDBInstances') return forward(request);
  const id = request.input['DBInstanceIdentifier'];
  const own = [...instances.values()].filter(
    ({ account, region }) => account === request.caller.account && region === request.region,
  );
  if (typeof id !== 'string' || id === '') return withInstances(await forward(request), own);
  const found = own.find(({ identifier, arn }) => identifier === id.toLowerCase() || arn === id);
  if (found) return describeInstance(found, request.requestId);
  const response = await forward(request);
  if (response.status < 400) return response;
  throw new ServiceError('DBInstanceNotFound', `DBInstance ${id} not found.`, 404);
};
