/** Who acted, from a record's `userIdentity`: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
import { defined, fields, text, time, type Fields } from './event-reader.ts';
import { awsAccount, type OcsfActor, type OcsfSession, type OcsfUser } from './ocsf-objects.ts';

export const actorOf = (detail: Fields): OcsfActor => {
  const identity = fields(detail, 'userIdentity');
  const type = text(identity, 'type', 128);
  const invokedBy = text(identity, 'invokedBy', 512);
  // A service that acts by itself has no user, only itself; its identity is the account it acts in.
  if (type === 'AWSService') return { invoked_by: invokedBy ?? 'AWS Internal' };
  if (type === undefined && !namesPrincipal(identity)) {
    if (invokedBy !== undefined) return { invoked_by: invokedBy };
    // Only the record of a service may lack an identity. Another one must not pass for a call of AWS.
    if (detail['eventType'] === 'AwsServiceEvent') return { invoked_by: 'AWS Internal' };
  }
  const provider = text(identity, 'identityProvider', 1_024);
  return defined<OcsfActor>({
    user: userOf(identity, type ?? 'Unknown'),
    session: sessionOf(identity, type),
    idp: provider === undefined ? undefined : { name: provider },
    invoked_by: invokedBy,
  });
};

/** `role/payments-api (session 4711)`, for the message. */
export const actorName = ({ user, session, invoked_by: invokedBy }: OcsfActor): string => {
  if (!user) return invokedBy ?? 'unknown';
  const name = session?.issuer ?? user.uid ?? user.name ?? user.account?.uid ?? 'unknown';
  return session?.uid === undefined ? name : `${name} (session ${session.uid})`;
};

const namesPrincipal = (identity: Fields): boolean =>
  ['arn', 'principalId', 'userName', 'accessKeyId'].some((name) => text(identity, name) !== undefined);

const userOf = (identity: Fields, type: string): OcsfUser => {
  const account = text(identity, 'accountId', 128);
  const uid = text(identity, 'arn');
  const principal = text(identity, 'principalId') ?? text(fields(identity, 'onBehalfOf'), 'userId');
  const name = text(identity, 'userName') ?? text(issuerOf(identity), 'userName') ?? roleName(uid);
  return defined<OcsfUser>({
    uid,
    // A user must have a name, an id or an account.
    name: name ?? (uid === undefined && account === undefined ? (principal ?? 'unknown') : undefined),
    uid_alt: principal,
    type,
    type_id: userTypes.get(type) ?? 99,
    credential_uid: text(identity, 'accessKeyId', 128) ?? text(identity, 'credentialId', 128),
    account: account === undefined ? undefined : awsAccount(account),
  });
};

/** OCSF: 0 unknown, 1 user, 2 administrator, 3 system. */
const userTypes: ReadonlyMap<string, OcsfUser['type_id']> = new Map<string, OcsfUser['type_id']>([
  ['Unknown', 0],
  ['IAMUser', 1],
  ['IdentityCenterUser', 1],
  ['FederatedUser', 1],
  ['SAMLUser', 1],
  ['WebIdentityUser', 1],
  ['Root', 2],
  ['AssumedRole', 3],
  ['Role', 3],
]);

const sessionOf = (identity: Fields, type: string | undefined): OcsfSession | undefined => {
  const attributes = fields(fields(identity, 'sessionContext'), 'attributes');
  // CloudTrail writes the truth value as text.
  const mfa = attributes['mfaAuthenticated'];
  const session = defined<OcsfSession>({
    uid: type === 'AssumedRole' ? text(identity, 'arn')?.split('/').at(-1) : undefined,
    issuer: text(issuerOf(identity), 'arn'),
    created_time: time(text(attributes, 'creationDate', 64)),
    is_mfa: typeof mfa === 'string' || typeof mfa === 'boolean' ? mfa === true || mfa === 'true' : undefined,
  });
  return Object.keys(session).length > 0 ? session : undefined;
};

const issuerOf = (identity: Fields): Fields => fields(fields(identity, 'sessionContext'), 'sessionIssuer');

/** `arn:aws:sts::111122223333:assumed-role/<role>/<session>`: the role's name, where the record has no issuer. */
const roleName = (arn: string | undefined): string | undefined => /:assumed-role\/([^/]+)\//.exec(arn ?? '')?.[1];
