/** The rotation function for MySQL and Aurora MySQL. */
import { mysqlDatabase } from '../adapters/mysql/database.ts';
import { rdsAuthorities } from '../adapters/rds-authorities.ts';
import { rdsOnDemand } from '../adapters/rds-on-demand.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'mysql',
  database: mysqlDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
