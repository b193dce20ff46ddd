/** The rotation function for MariaDB. */
import { mariadbDatabase } from '../databases/mysql/database.ts';
import { rdsAuthorities } from '../databases/rds-authorities.ts';
import { rdsOnDemand } from '../rotation/adapters/rds-on-demand.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'mariadb',
  database: mariadbDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
