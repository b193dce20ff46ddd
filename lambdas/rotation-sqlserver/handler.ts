/** The rotation function for SQL Server. */
import { rdsAuthorities } from '../databases/rds-authorities.ts';
import { rdsOnDemand } from '../rotation/adapters/rds-on-demand.ts';
import { rotationFunction } from '../rotation/adapters/rotation-function.ts';
import { sqlServerDatabase } from '../databases/sqlserver/database.ts';

export const handler = rotationFunction({
  engine: 'sqlserver',
  database: sqlServerDatabase,
  authorities: rdsAuthorities,
  instances: rdsOnDemand(),
});
