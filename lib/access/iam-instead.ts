/** Databases whose password could go: RDS takes tokens of IAM for them, which nobody has to store or rotate. */
import type { Catalog } from '../model/index.ts';
import type { DatabaseEngine } from '../contract/index.ts';
import type { AccessFilter } from './rows.ts';

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
const engines: ReadonlySet<DatabaseEngine> = new Set(['postgres', 'mysql', 'mariadb']);

/** Full names of the secrets that consumers log in with where `access: iam` would do; those of admins are not among them. */
export const iamInstead = ({ environments }: Catalog, { environment, application }: AccessFilter = {}): string[] =>
  environments
    .filter(({ name }) => environment === undefined || name === environment)
    .flatMap(({ applications }) => applications)
    .filter(({ name }) => application === undefined || name === application)
    .flatMap(({ secrets }) => secrets)
    .filter(({ database, readers }) => {
      if (database === undefined || readers.length === 0) return false;
      return !('name' in database.host) && engines.has(database.engine);
    })
    .map(({ fullName }) => fullName);
