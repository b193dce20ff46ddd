/** Who acted, from a record's `userIdentity`: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
import { defined, fields, text, type Fields } from './event-reader.ts';
import { awsAccount, type OcsfActor, type OcsfSession, type OcsfUser } from './ocsf.ts';

export const actorOf = (identity: Fields): OcsfActor => {
  const type = text(identity, 'type');
  const invokedBy = text(identity, 'invokedBy');
  // A service that acts by itself has no user, only itself; its identity is the account it acts in.
  if (type === undefined || type === 'AWSService') return { invoked_by: invokedBy ?? 'AWS Internal' };
  return defined<OcsfActor>({ user: userOf(identity, type), session: sessionOf(identity), invoked_by: invokedBy });
};

/** `role/payments-api (session 4711)`, for the message. */
export const actorName = ({ user, session, invoked_by: invokedBy }: OcsfActor): string => {
  if (!user) return invokedBy ?? 'unknown';
  const name = session?.issuer ?? user.uid ?? user.name ?? user.account?.uid ?? 'unknown';
  return session?.uid === undefined ? name : `${name} (session ${session.uid})`;
};

const userOf = (identity: Fields, type: string): OcsfUser => {
  const account = text(identity, 'accountId');
  return defined<OcsfUser>({
    uid: text(identity, 'arn'),
    name: text(identity, 'userName') ?? text(issuerOf(identity), 'userName') ?? roleName(text(identity, 'arn')),
    uid_alt: text(identity, 'principalId'),
    type,
    type_id: userTypes[type] ?? 99,
    credential_uid: text(identity, 'accessKeyId'),
    account: account === undefined ? undefined : awsAccount(account),
  });
};

/** OCSF: 1 user, 2 administrator, 3 system. */
const userTypes: Readonly<Record<string, OcsfUser['type_id']>> = {
  IAMUser: 1,
  IdentityCenterUser: 1,
  FederatedUser: 1,
  SAMLUser: 1,
  WebIdentityUser: 1,
  Root: 2,
  AssumedRole: 3,
  Role: 3,
};

const sessionOf = (identity: Fields): OcsfSession | undefined => {
  const attributes = fields(fields(identity, 'sessionContext'), 'attributes');
  const created = Date.parse(text(attributes, 'creationDate') ?? '');
  const mfa = text(attributes, 'mfaAuthenticated');
  const session = defined<OcsfSession>({
    uid: text(identity, 'type') === 'AssumedRole' ? text(identity, 'arn')?.split('/').at(-1) : undefined,
    issuer: text(issuerOf(identity), 'arn'),
    created_time: Number.isNaN(created) ? undefined : created,
    is_mfa: mfa === undefined ? undefined : mfa === 'true',
  });
  return Object.keys(session).length > 0 ? session : undefined;
};

const issuerOf = (identity: Fields): Fields => fields(fields(identity, 'sessionContext'), 'sessionIssuer');

/** `arn:aws:sts::111122223333:assumed-role/<role>/<session>`: the role's name, where the record has no issuer. */
const roleName = (arn: string | undefined): string | undefined => /:assumed-role\/([^/]+)\//.exec(arn ?? '')?.[1];
