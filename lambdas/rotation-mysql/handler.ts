/** The rotation function for MySQL and Aurora MySQL. */
import { RDSClient } from '@aws-sdk/client-rds';
import { awsClientOptions } from '../adapters/aws-client.ts';
import { mysqlDatabase } from '../adapters/mysql/database.ts';
import { rdsInstances } from '../adapters/rds.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

const rds = new RDSClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'mysql',
  database: mysqlDatabase,
  instances: (deadline) => rdsInstances(rds, deadline),
});
