/** What a user may do on a real PostgreSQL, in the words of the catalog. */
import type { LocalPostgres } from '../../local/databases/postgres.ts';

/**
 * Probes with a table and a sequence made afterwards in every schema, so that it is what the grants do, and not how they
 * are written, that counts.
 */
export const grantsOf = async (postgres: LocalPostgres, database: string, username: string): Promise<string> => {
  const probe = `probe_${Date.now()}_${process.hrtime.bigint()}`;
  const schemas = await postgres.query(
    "SELECT nspname, pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname",
    { database },
  );
  const found: string[] = [];
  for (const { nspname, owner } of schemas) {
    const table = `"${String(nspname)}"."${probe}"`;
    const role = owner === 'pg_database_owner' ? '(database owner)' : String(owner);
    const creator = role === '(database owner)' ? await databaseOwner(postgres, database) : role;
    await postgres.query(`SET ROLE "${creator}"; CREATE TABLE ${table} (id serial)`, { database });
    const [row] = await postgres.query(
      `SELECT has_schema_privilege($1, $3, 'USAGE') AND has_table_privilege($1, $2, 'SELECT') AS reads,
              has_table_privilege($1, $2, 'INSERT') AND has_table_privilege($1, $2, 'UPDATE')
                AND has_table_privilege($1, $2, 'DELETE') AS writes`,
      { database, values: [username, table, nspname] },
    );
    await postgres.query(`DROP TABLE ${table}`, { database });
    if (row?.['reads'] === true)
      found.push(`${String(nspname)}=${row['writes'] === true ? 'read-write' : 'read-only'}`);
  }
  return found.join(' ');
};

const databaseOwner = async (postgres: LocalPostgres, database: string): Promise<string> => {
  const [row] = await postgres.query(
    'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()',
    { database },
  );
  return String(row?.['owner']);
};
