/** The rotation function for MemoryDB. */
import { MemoryDBClient } from '@aws-sdk/client-memorydb';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { amazonAuthorities } from '../databases/database-trust.ts';
import { memoryDbDatabase } from '../databases/memorydb/database.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

const client = new MemoryDBClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'memorydb',
  database: (options) => memoryDbDatabase({ client, ...options }),
  authorities: amazonAuthorities,
});
