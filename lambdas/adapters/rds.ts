/** Amazon RDS behind the `Instances` port. */
import { DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import type { Deadline } from '../rotation/deadline.ts';
import type { Instances } from '../rotation/ports.ts';
import { RotationError } from '../rotation/rotation-error.ts';
import { awsErrorName, callAws } from './aws-client.ts';

export const rdsInstances = (client: RDSClient, deadline: Deadline): Instances => ({
  describe: async (identifier) => {
    const instance = await describe(client, deadline, identifier);
    const { Address: host, Port: port } = instance?.Endpoint ?? {};
    if (host === undefined || port === undefined) {
      const what = instance ? 'has no endpoint yet' : 'does not exist in this account and region';
      throw new RotationError('instance-unknown', `RDS instance ${identifier} ${what}`, {
        // An instance that is being created gets its endpoint in time.
        retryable: instance !== undefined,
      });
    }
    const masterSecretArn = instance?.MasterUserSecret?.SecretArn;
    return { host, port, ...(masterSecretArn !== undefined && { masterSecretArn }) };
  },
});

const describe = async (client: RDSClient, deadline: Deadline, identifier: string) => {
  try {
    const { DBInstances = [] } = await callAws(`describe RDS instance ${identifier}`, deadline, (options) =>
      client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: identifier }), options),
    );
    return DBInstances[0];
  } catch (error) {
    const name = awsErrorName(error);
    if (name === 'DBInstanceNotFoundFault' || name === 'DBInstanceNotFound') return undefined;
    throw error;
  }
};
