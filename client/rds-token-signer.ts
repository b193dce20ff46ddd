/** The port for tokens of RDS IAM authentication, and its implementation with the AWS SDK. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { IamDatabase } from './iam-login.ts';
import { SecretError } from './secret-error.ts';

/** Signs tokens for RDS IAM authentication. */
export interface RdsTokenSigner {
  /**
   * Returns a token for one user of one database. The token is a password: never log it.
   *
   * @throws SecretError, such as `credentials`. The client reports any other error as `unexpected`.
   */
  sign(database: IamDatabase, signal: AbortSignal): Promise<RdsToken>;
  /** Closes open connections. */
  dispose?(): void;
}

/** A token and its expiry. */
export interface RdsToken {
  /** The password of the database user. */
  readonly token: string;
  /** The time after which RDS refuses a login with the token. */
  readonly expiresAt: Date;
}

/** Options of {@link createRdsTokenSigner}. */
export interface RdsTokenSignerOptions {
  /** AWS region of databases that name none. @default the region that the SDK finds */
  readonly region?: string | undefined;
  /** Client whose credentials and region sign the tokens. @default a client that is created for the first token */
  readonly client?: SecretsManagerClient | undefined;
}

/**
 * Creates a signer that signs locally with the caller's credentials. It calls AWS only to get credentials.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
export const createRdsTokenSigner = (options: RdsTokenSignerOptions = {}): RdsTokenSigner => {
  let own: SecretsManagerClient | undefined;
  // The client finds and caches credentials and region. It sends no request.
  const config = () => (options.client ?? (own ??= createClient(options.region))).config;
  return {
    sign: async (database) => {
      const { host, port, username } = database;
      const what = `sign a login of ${username} at ${host}:${port}`;
      const Signer = await loadSigner(what);
      const region = database.region ?? (await regionOf(config(), what));
      const credentials = await credentialsOf(config(), what);
      const token = await new Signer({ hostname: host, port, username, region, credentials }).getAuthToken();
      return { token, expiresAt: expiryOf(token, credentials.expiration) };
    },
    dispose: () => own?.destroy(),
  };
};

const createClient = (region: string | undefined) => new SecretsManagerClient(region === undefined ? {} : { region });

type ClientConfig = SecretsManagerClient['config'];

/** Loaded at the first login, because most applications need no signer and start faster without it. */
const loadSigner = async (what: string) => {
  try {
    return (await import('@aws-sdk/rds-signer')).Signer;
  } catch (cause) {
    throw new SecretError('unexpected', `can't ${what}: can't load the package @aws-sdk/rds-signer`, { cause });
  }
};

const regionOf = async ({ region }: ClientConfig, what: string): Promise<string> => {
  try {
    return await region();
  } catch (cause) {
    throw new SecretError('invalid-argument', `can't ${what}: the AWS region is unknown, set AWS_REGION`, { cause });
  }
};

const credentialsOf = async ({ credentials }: ClientConfig, what: string) => {
  try {
    return await credentials();
  } catch (cause) {
    throw new SecretError('credentials', `can't ${what}: no AWS credentials were found`, { retryable: true, cause });
  }
};

/** A token is refused once the credentials that signed it have expired, even before its own expiry. */
const expiryOf = (token: string, credentialsExpireAt: Date | undefined): Date => {
  const query = new URL(`https://${token}`).searchParams;
  const [, year, month, day, hour, minute, second] = amzDate.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const expiresAt = signedAt + Number(query.get('X-Amz-Expires')) * 1000;
  return new Date(Math.min(expiresAt, credentialsExpireAt?.getTime() ?? Infinity));
};

const amzDate = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
