/** The rotation function for ElastiCache. */
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { awsClientOptions } from '../runtime/adapters/aws-client.ts';
import { amazonAuthorities } from '../databases/database-trust.ts';
import { elastiCacheDatabase } from '../databases/elasticache/database.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

const client = new ElastiCacheClient(awsClientOptions);

export const handler = rotationFunction({
  engine: 'elasticache',
  database: (options) => elastiCacheDatabase({ client, ...options }),
  authorities: amazonAuthorities,
});
