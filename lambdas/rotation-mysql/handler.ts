/** The rotation function for MySQL and Aurora MySQL. */
import { mysqlDatabase } from '../databases/mysql/database.ts';
import { rdsAuthorities } from '../databases/rds-authorities.ts';
import { rdsOnDemand } from '../rotation/adapters/rds-on-demand.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'mysql',
  database: mysqlDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
