/** The rotation function for PostgreSQL and Aurora PostgreSQL. */
import { RDSClient } from '@aws-sdk/client-rds';
import { awsClientOptions } from '../adapters/aws-client.ts';
import { postgresDatabase } from '../adapters/postgres/database.ts';
import { rdsInstances } from '../adapters/rds.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

const rds = new RDSClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'postgres',
  database: postgresDatabase,
  instances: (deadline) => rdsInstances(rds, deadline),
});
