/** RDS instances in the XML of the query protocol. */
import type { AwsResponse } from '../../request.ts';
import { queryAnswer } from '../../wire/answer.ts';
import type { RegisteredInstance } from './rds.ts';

const namespace = 'http://rds.amazonaws.com/doc/2014-10-31/';

export const describeInstance = (instance: RegisteredInstance, requestId: string): AwsResponse =>
  queryAnswer('DescribeDBInstances', namespace, { DBInstances: { DBInstance: element(instance) } }, requestId);

/** The emulator's list with the registered instances in front. */
export const withInstances = (response: AwsResponse, instances: readonly RegisteredInstance[]): AwsResponse => {
  if (response.status >= 400 || instances.length === 0) return response;
  const own = instances.map((instance) => instanceXml(describeInstance(instance, ''))).join('');
  const text = response.body
    .toString('utf8')
    .replace(/<DBInstances\s*\/>/, '<DBInstances></DBInstances>')
    .replace('<DBInstances>', () => `<DBInstances>${own}`);
  return { ...response, body: Buffer.from(text) };
};

const instanceXml = ({ body }: AwsResponse): string =>
  /<DBInstance>.*<\/DBInstance>/s.exec(body.toString('utf8'))?.[0] ?? '';

const element = (instance: RegisteredInstance): Record<string, unknown> => ({
  DBInstanceIdentifier: instance.identifier,
  DBInstanceArn: instance.arn,
  DbiResourceId: instance.resourceId,
  DBInstanceClass: 'db.t4g.micro',
  DBInstanceStatus: 'available',
  Engine: instance.engine,
  DBName: instance.dbname,
  MasterUsername: instance.adminUser,
  Endpoint: { Address: instance.host, Port: instance.port },
  InstanceCreateTime: new Date(instance.createdAt).toISOString(),
  MultiAZ: false,
  PubliclyAccessible: false,
  StorageEncrypted: true,
  IAMDatabaseAuthenticationEnabled: false,
  ...(instance.masterSecret && {
    MasterUserSecret: {
      SecretArn: instance.masterSecret.arn,
      SecretStatus: 'active',
      KmsKeyId: instance.masterSecret.kmsKeyId,
    },
  }),
});
