/** The rotation function for SQL Server. */
import { rdsAuthorities } from '../adapters/rds-authorities.ts';
import { rdsOnDemand } from '../adapters/rds-on-demand.ts';
import { rotationFunction } from '../adapters/rotation-function.ts';
import { sqlServerDatabase } from '../adapters/sqlserver/database.ts';

export const handler = rotationFunction({
  engine: 'sqlserver',
  database: sqlServerDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
