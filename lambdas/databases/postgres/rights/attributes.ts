/** What CREATE ROLE says of a user, apart from its password and whether it can log in. */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { RightsReader } from './right.ts';

interface Attributes {
  readonly holder: string;
  readonly inherits: boolean;
  readonly createsDatabases: boolean;
  readonly bypassesPolicies: boolean;
  readonly connectionLimit: number;
  readonly validUntil: string;
}

const attributesQuery = `
  SELECT rolname AS holder, rolinherit AS inherits, rolcreatedb AS "createsDatabases",
         rolbypassrls AS "bypassesPolicies", rolconnlimit AS "connectionLimit",
         coalesce(rolvaliduntil, 'infinity')::text AS "validUntil"
    FROM pg_roles WHERE rolname = ANY($1)`;

export const attributes: RightsReader = async (session, holders) =>
  (await session.query<Attributes>(attributesQuery, [holders])).flatMap(({ holder, ...row }) =>
    [
      row.inherits ? 'INHERIT' : 'NOINHERIT',
      row.createsDatabases ? 'CREATEDB' : 'NOCREATEDB',
      row.bypassesPolicies ? 'BYPASSRLS' : 'NOBYPASSRLS',
      `CONNECTION LIMIT ${row.connectionLimit}`,
      `VALID UNTIL ${escapeLiteral(row.validUntil)}`,
    ].map((attribute) => ({
      holder,
      what: attribute,
      privilege: attribute,
      object: 'the role itself',
      give: (to: string) => `ALTER ROLE ${escapeIdentifier(to)} ${attribute}`,
      take: () => [],
    })),
  );

/** What a user may do beyond its rights on objects. */
export const abilities: RightsReader = async (session, holders, circle) =>
  (await attributes(session, holders, circle)).filter(({ what }) => what === 'CREATEDB' || what === 'BYPASSRLS');
