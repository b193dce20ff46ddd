/** The rotation function for Redis and Valkey on servers of one's own, whose authority only their owner can name. */
import { redisDatabase } from '../databases/redis/database.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

export const handler = rotationFunction({ engine: 'redis', database: redisDatabase, authorities: () => [] });
