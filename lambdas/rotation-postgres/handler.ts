/** The rotation function for PostgreSQL and Aurora PostgreSQL. */
import { postgresDatabase } from '../adapters/postgres/database.ts';
import { rdsAuthorities } from '../adapters/rds-authorities.ts';
import { rdsOnDemand } from '../adapters/rds-on-demand.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';

export const handler = rotationFunction({
  engine: 'postgres',
  database: postgresDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
