/** The keys that the gateway has given out: an administrator's for each account, and sessions of roles. */
import { randomBytes, randomInt } from 'node:crypto';
import type { Caller } from '../request.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface SessionCredentials extends Credentials {
  readonly sessionToken: string;
  readonly expiration: Date;
}

export type RoleCaller = Extract<Caller, { kind: 'role' }>;

/** A key that the gateway knows, and whose it is. */
export interface KnownKey {
  readonly credentials: Credentials;
  readonly caller: Exclude<Caller, { kind: 'service' }>;
  /** Ms since the epoch; a key without it does not end. */
  readonly expiresAt?: number;
  /** What the session was restricted to when it was made: one document. */
  readonly sessionPolicy?: unknown;
  /** Tags of the session: `aws:PrincipalTag/…` over the role's own. */
  readonly sessionTags?: Readonly<Record<string, string>>;
}

export interface SessionRequest {
  readonly account: string;
  readonly roleArn: string;
  /** `AROA…` */
  readonly roleId: string;
  readonly sessionName: string;
  readonly durationSeconds: number;
  readonly invokedBy?: string;
  readonly sessionPolicy?: unknown;
  readonly sessionTags?: Readonly<Record<string, string>>;
}

export interface CredentialStore {
  administrator(account: string): Credentials;
  /** The account's root user. */
  root(account: string): Credentials;
  openSession(request: SessionRequest): { credentials: SessionCredentials; caller: RoleCaller };
  find(accessKeyId: string): KnownKey | undefined;
}

/**
 * @param now the machine's clock, not the movable one: clients refresh a session by theirs.
 */
export const createCredentialStore = (now: () => number = Date.now): CredentialStore => {
  const keys = new Map<string, KnownKey>();
  const administrators = new Map<string, Credentials>();

  const administratorAs = (account: string, name: string): Credentials => {
    const arn = `arn:aws:iam::${account}:${name}`;
    const known = administrators.get(arn);
    if (known) return known;
    const credentials = { accessKeyId: `AKIA${keyCharacters(16)}`, secretAccessKey: randomSecret() };
    const { accessKeyId } = credentials;
    administrators.set(arn, credentials);
    keys.set(accessKeyId, { credentials, caller: { kind: 'administrator', account, arn, accessKeyId } });
    return credentials;
  };

  return {
    administrator: (account) => administratorAs(account, 'user/administrator'),
    root: (account) => administratorAs(account, 'root'),
    openSession: ({ account, roleArn, roleId, sessionName, durationSeconds, invokedBy, ...restrictions }) => {
      forgetLongExpired(keys, now());
      const expiresAt = now() + durationSeconds * 1000;
      const credentials: SessionCredentials = {
        accessKeyId: `ASIA${keyCharacters(16)}`,
        secretAccessKey: randomSecret(),
        sessionToken: randomBytes(96).toString('base64'),
        expiration: new Date(expiresAt),
      };
      const caller: RoleCaller = {
        kind: 'role',
        account,
        arn: `arn:aws:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${sessionName}`,
        roleArn,
        sessionName,
        accessKeyId: credentials.accessKeyId,
        principalId: `${roleId}:${sessionName}`,
        ...(invokedBy !== undefined && { invokedBy }),
      };
      keys.set(credentials.accessKeyId, { credentials, caller, expiresAt, ...restrictions });
      return { credentials, caller };
    },
    find: (accessKeyId) => keys.get(accessKeyId),
  };
};

/** A session is known for a day after its end, so that its late user hears "expired" and not "unknown". */
const forgetLongExpired = (keys: Map<string, KnownKey>, now: number): void => {
  for (const [accessKeyId, { expiresAt }] of keys) {
    if (expiresAt !== undefined && expiresAt + 86_400_000 < now) keys.delete(accessKeyId);
  }
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const keyCharacters = (length: number): string =>
  Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
const randomSecret = (): string => randomBytes(30).toString('base64');
