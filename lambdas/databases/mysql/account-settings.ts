/** Writes the clauses of `ALTER USER` that make an account's settings those of another, absent ones included. */
import { escape } from 'mysql2';

export interface Requirements {
  readonly kind: 'none' | 'tls' | 'certificate' | 'fields';
  readonly cipher: string;
  readonly issuer: string;
  readonly subject: string;
}

/** `REQUIRE …` */
export const requireClause = ({ kind, cipher, issuer, subject }: Requirements): string => {
  switch (kind) {
    case 'none':
      return 'REQUIRE NONE';
    case 'tls':
      return 'REQUIRE SSL';
    case 'certificate':
      return 'REQUIRE X509';
    case 'fields': {
      const fields = Object.entries({ CIPHER: cipher, ISSUER: issuer, SUBJECT: subject });
      const given = fields.filter(([, value]) => value !== '');
      return `REQUIRE ${given.map(([field, value]) => `${field} ${escape(value)}`).join(' AND ')}`;
    }
  }
};

/** `WITH MAX_USER_CONNECTIONS 5 …`; 0 means no limit. */
export const limitsClause = (limits: Readonly<Record<string, number>>): string =>
  `WITH ${Object.entries(limits)
    .map(([limit, value]) => `${limit} ${value}`)
    .join(' ')}`;

/**
 * `PASSWORD EXPIRE …`; that a password has been made to expire is about this password, and not about the account.
 *
 * @param lifetimeDays - `undefined` for the server's default, 0 for never.
 */
export const expiryClause = (lifetimeDays: number | undefined): string => {
  if (lifetimeDays === undefined) return 'PASSWORD EXPIRE DEFAULT';
  return lifetimeDays === 0 ? 'PASSWORD EXPIRE NEVER' : `PASSWORD EXPIRE INTERVAL ${lifetimeDays} DAY`;
};
