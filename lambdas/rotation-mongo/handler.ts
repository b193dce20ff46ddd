/** The rotation function for MongoDB and DocumentDB. */
import { mongoDatabase } from '../adapters/mongo/database.ts';
import { rdsAuthorities } from '../adapters/rds-authorities.ts';
import { rdsOnDemand } from '../adapters/rds-on-demand.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'mongo',
  database: mongoDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
