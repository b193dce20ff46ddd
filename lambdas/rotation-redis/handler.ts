/** The rotation function for Redis and Valkey on servers of one's own, whose authority only their owner can name. */
import { redisDatabase } from '../adapters/redis/database.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

export const handler = rotationFunction({ engine: 'redis', database: redisDatabase, authorities: () => [] });
