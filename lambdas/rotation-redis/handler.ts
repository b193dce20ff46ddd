/** The rotation function for Redis and Valkey. */
import { redisDatabase } from '../adapters/redis/database.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

export const handler = rotationFunction({ engine: 'redis', database: redisDatabase });
