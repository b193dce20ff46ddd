/** The port through which the client gets tokens for RDS IAM authentication, and its implementation with the SDK. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { IamDatabase } from './iam-login.ts';
import { SecretError } from './secret-error.ts';

export interface RdsTokenSigner {
  /**
   * A token for one user of one database. It is a password: not for any log.
   *
   * @throws SecretError, best `credentials`; anything else counts as `unexpected`.
   */
  sign(database: IamDatabase, signal: AbortSignal): Promise<RdsToken>;
  /** Closes connections. */
  dispose?(): void;
}

export interface RdsToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface RdsTokenSignerOptions {
  /** Where databases are that name no region. @default the SDK's own search: environment, profile, instance */
  readonly region?: string;
  /** Your own client, with whose credentials and region tokens are signed. @default one made at the first token */
  readonly client?: SecretsManagerClient;
}

/**
 * Signs under the caller's own role, on the spot: nothing is asked of AWS but, now and then, new credentials.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.html
 */
export const createRdsTokenSigner = (options: RdsTokenSignerOptions = {}): RdsTokenSigner => {
  let own: SecretsManagerClient | undefined;
  // The client is what finds credentials and region, and keeps them; no request goes through it.
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

/** Loaded at the first login: most applications need none, and start faster without it. */
const loadSigner = async (what: string) => {
  try {
    return (await import('@aws-sdk/rds-signer')).Signer;
  } catch (cause) {
    throw new SecretError('unexpected', `can't ${what}: the package @aws-sdk/rds-signer is not installed`, { cause });
  }
};

const regionOf = async ({ region }: ClientConfig, what: string): Promise<string> => {
  try {
    return await region();
  } catch (cause) {
    throw new SecretError('invalid-argument', `can't ${what}: no region is known, set AWS_REGION`, { cause });
  }
};

const credentialsOf = async ({ credentials }: ClientConfig, what: string) => {
  try {
    return await credentials();
  } catch (cause) {
    throw new SecretError('credentials', `can't ${what}: no AWS credentials were found`, { retryable: true, cause });
  }
};

/** A token dies with the credentials that signed it, whatever it says of itself. */
const expiryOf = (token: string, credentialsExpireAt: Date | undefined): Date => {
  const query = new URL(`https://${token}`).searchParams;
  const [, year, month, day, hour, minute, second] = amzDate.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const expiresAt = signedAt + Number(query.get('X-Amz-Expires')) * 1000;
  return new Date(Math.min(expiresAt, credentialsExpireAt?.getTime() ?? Infinity));
};

const amzDate = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
