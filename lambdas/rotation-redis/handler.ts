/** The rotation function for self-managed Redis and Valkey, whose authority only their owner knows. */
import { redisDatabase } from '../databases/redis/database.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

export const handler = rotationFunction({ engine: 'redis', database: redisDatabase, authorities: () => [] });
