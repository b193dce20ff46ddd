/** The rotation function for PostgreSQL and Aurora PostgreSQL. */
import { postgresDatabase } from '../databases/postgres/database.ts';
import { rdsAuthorities } from '../databases/rds-authorities.ts';
import { rdsOnDemand } from '../rotation/adapters/rds-on-demand.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'postgres',
  database: postgresDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
