/** What a rotation will change or meet, and an operator should know before. */
import type { AdminTask, Notice, RevokedRight } from '../port.ts';
import { accountName, type Account } from './account.ts';
import { defaultRolesOf, lostDefaults } from './clone.ts';
import type { Dialect } from './dialect.ts';
import { catalogRights, excessRights, rightsOf } from './grants.ts';
import { definedBy } from './revoke.ts';
import type { Session } from './session.ts';
import { findUser } from './users.ts';

export const noticesFor = async (
  session: Session,
  dialect: Dialect,
  { username, strategy, grants, twin, retains = false }: AdminTask,
): Promise<readonly Notice[]> => {
  if (username === session.username) return [];
  const accounts = await findUser(session, dialect, username);
  const twins = twin === undefined ? [] : await findUser(session, dialect, twin);
  const wanted = grants && (await catalogRights(session, dialect, grants));

  const revoked: RevokedRight[] = [];
  if (wanted) for (const account of accounts) revoked.push(...(await excessRights(session, account, wanted)));
  for (const account of twins) {
    const model = accounts.find(({ host }) => host === account.host);
    const rights = wanted ?? (model && (await rightsOf(session, model))) ?? [];
    revoked.push(...(await excessRights(session, account, rights)));
    if (model) revoked.push(...lostDefaults(account, defaultRolesOf(model, rights)));
  }
  const alternates = strategy === 'alternating-users';
  return [
    ...revoked.map(revokedNotice),
    ...(alternates ? await boundNotices(session, [...accounts, ...twins]) : []),
    ...(retains ? [] : [...accounts, ...twins].filter(hasSecond).map(secondPassword)),
    ...[...accounts, ...twins].filter(isRestricted).map(restricted),
  ];
};

const revokedNotice = ({ username, privilege, object }: RevokedRight): Notice => ({
  code: 'right-revoked',
  message: `The rotation will revoke ${privilege} on ${object} from "${username}": grant it to the other user or in the catalog if it is needed`,
});

/** Each of two users still runs them with the rights of the one that they name. */
const boundNotices = async (session: Session, accounts: readonly Account[]): Promise<readonly Notice[]> => {
  if (accounts.length === 0) return [];
  const defined = await definedBy(session, accounts);
  if (defined === undefined) return [];
  return [
    {
      code: 'bound-to-user',
      message: `${accounts.map(accountName).join(', ')} is the definer of ${defined}: they keep running as that user, and the user can't be dropped; create them with a definer that is not rotated`,
    },
  ];
};

const hasSecond = ({ secondaryHash }: Account): boolean => secondaryHash !== undefined;

const secondPassword = (account: Account): Notice => ({
  code: 'second-password',
  message: `Account ${accountName(account)} has a second password that is still valid (RETAIN CURRENT PASSWORD): a change by an admin discards it, one by the user itself does not. See that no application uses it before the next rotation`,
});

const isRestricted = ({ requires, maxConnections, locked }: Account): boolean =>
  requires === 'certificate' || requires === 'fields' || maxConnections > 0 || locked;

const restricted = (account: Account): Notice => {
  const what = account.locked
    ? 'is locked, and a rotation does not unlock accounts'
    : account.maxConnections > 0
      ? `has at most ${account.maxConnections} sessions, of which a rotation needs one`
      : 'requires a client certificate, which a rotation does not have';
  return { code: 'login-restricted', message: `Account ${accountName(account)} ${what}` };
};
