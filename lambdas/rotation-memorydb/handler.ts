/** The rotation function for MemoryDB. */
import { MemoryDBClient } from '@aws-sdk/client-memorydb';
import { awsClientOptions } from '../adapters/aws-client.ts';
import { amazonAuthorities } from '../adapters/database-trust.ts';
import { memoryDbDatabase } from '../adapters/memorydb/database.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

const client = new MemoryDBClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'memorydb',
  database: (options) => memoryDbDatabase({ client, ...options }),
  authorities: amazonAuthorities,
});
