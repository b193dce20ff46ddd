/** The rotation function for ElastiCache. */
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { awsClientOptions } from '../adapters/aws-client.ts';
import { amazonAuthorities } from '../adapters/database-trust.ts';
import { elastiCacheDatabase } from '../adapters/elasticache/database.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

const client = new ElastiCacheClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'elasticache',
  database: (options) => elastiCacheDatabase({ client, ...options }),
  authorities: amazonAuthorities,
});
