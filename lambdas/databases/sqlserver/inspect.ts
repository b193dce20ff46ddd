/** Why a login is refused, as far as an admin can read it, without a login as the user. */
import type { Credential, LoginBarrier, UserInspection } from '../port.ts';
import { EngineError } from '../errors.ts';
import type { Login } from './logins.ts';
import type { Session } from './session.ts';

interface Row {
  readonly readable: number;
  readonly matches: number | null;
  readonly disabled: number;
  readonly denied: number;
  readonly locked: number | null;
  readonly expired: number | null;
  readonly change: number | null;
}

/** The server compares the hash itself; to an admin who may not see hashes it gives none. */
const query = `
  SELECT CASE WHEN l.password_hash IS NULL THEN 0 ELSE 1 END AS readable,
         PWDCOMPARE(@password, l.password_hash) AS matches,
         CAST(l.is_disabled AS int) AS disabled,
         CASE WHEN EXISTS (SELECT 1 FROM sys.server_permissions s
                            WHERE s.grantee_principal_id = l.principal_id AND s.state = 'D' AND s.permission_name = 'CONNECT SQL')
              THEN 1 ELSE 0 END AS denied,
         CAST(LOGINPROPERTY(l.name, 'IsLocked') AS int) AS locked,
         CAST(LOGINPROPERTY(l.name, 'IsExpired') AS int) AS expired,
         CAST(LOGINPROPERTY(l.name, 'IsMustChange') AS int) AS change
    FROM sys.sql_logins l WHERE l.name = @login`;

export const inspect = async (session: Session, { username, password }: Credential): Promise<UserInspection> => {
  const [row] = await session.query<Row>(query, { login: username, password });
  if (!row) return { password: 'no-such-user' };
  const state = row.readable === 0 ? 'unreadable' : row.matches === 1 ? 'matches' : 'differs';
  const barrier = barrierOf(row, username, state === 'matches');
  return { password: state, ...(barrier && { barrier }) };
};

/** @throws EngineError `user-disabled` if somebody disabled the login or denied it to connect. */
export const refuseDisabled = (login: Login | undefined): void => {
  if (!login?.disabled) return;
  throw new EngineError(
    'user-disabled',
    `Login "${login.name}" is disabled or may not connect (DENY CONNECT SQL), and nothing was changed: a rotation does not enable logins. Find out why before you enable it`,
    { retryable: false },
  );
};

const barrierOf = (row: Row, login: string, matches: boolean): LoginBarrier | undefined => {
  if (row.disabled === 1) return { kind: 'disabled', detail: `login "${login}" is disabled` };
  if (row.denied === 1) return { kind: 'disabled', detail: `login "${login}" may not connect (DENY CONNECT SQL)` };
  if (row.locked === 1) {
    return { kind: 'policy', detail: `login "${login}" is locked out for a time after too many wrong passwords` };
  }
  // Another password ends that.
  if (matches && (row.expired === 1 || row.change === 1)) {
    return { kind: 'expired', detail: `the password of login "${login}" has expired or must be changed first` };
  }
  return undefined;
};
