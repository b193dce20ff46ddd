/** Databases whose password could go: RDS takes tokens of IAM for them, which nobody has to store or rotate. */
import type { Catalog } from '../model/index.ts';
import { enginesWithIamLogin } from '../contract/index.ts';
import type { AccessFilter } from './rows.ts';

/** Full names of the secrets that consumers log in with where `access: iam` would do; those of admins are not among them. */
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
