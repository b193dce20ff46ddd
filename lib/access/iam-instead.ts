/** Databases that need no password: RDS accepts IAM tokens for them, which are not stored or rotated. */
import type { Catalog } from '../model/index.ts';
import { enginesWithIamLogin } from '../contract/index.ts';
import type { AccessFilter } from './rows.ts';

/** Full names of the secrets that consumers could replace by `access: iam`. Admin secrets are not included. */
export const iamInstead = ({ environments }: Catalog, { environment, application }: AccessFilter = {}): string[] =>
  environments
    .filter(({ name }) => environment === undefined || name === environment)
    .flatMap(({ applications }) => applications)
    .filter(({ name }) => application === undefined || name === application)
    .flatMap(({ secrets }) => secrets)
    .filter(({ database, readers }) => {
      if (database === undefined || readers.length === 0) return false;
      return !('name' in database.host) && enginesWithIamLogin.includes(database.engine);
    })
    .map(({ fullName }) => fullName);
