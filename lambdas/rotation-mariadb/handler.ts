/** The rotation function for MariaDB. */
import { RDSClient } from '@aws-sdk/client-rds';
import { awsClientOptions } from '../adapters/aws-client.ts';
import { mariadbDatabase } from '../adapters/mysql/database.ts';
import { rdsInstances } from '../adapters/rds.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

const rds = new RDSClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'mariadb',
  database: mariadbDatabase,
  instances: (deadline) => rdsInstances(rds, deadline),
});
