/** The rotation function for MongoDB and DocumentDB. */
import { mongoDatabase } from '../databases/mongo/database.ts';
import { rdsAuthorities } from '../databases/rds-authorities.ts';
import { rdsOnDemand } from '../rotation/adapters/rds-on-demand.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'mongo',
  database: mongoDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
