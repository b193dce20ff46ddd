/** The rotation function for MariaDB. */
import { mariadbDatabase } from '../adapters/mysql/database.ts';
import { rdsAuthorities } from '../adapters/rds-authorities.ts';
import { rdsOnDemand } from '../adapters/rds-on-demand.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'mariadb',
  database: mariadbDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
