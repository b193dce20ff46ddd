/**
 * Shapes of secret values. A database secret is AWS's own RDS secret JSON, so that every AWS tool keeps working with it:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 */
import type { DatabaseEngine } from './engines.ts';

export interface DatabaseSecretValue {
  readonly engine: DatabaseEngine;
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly username: string;
  readonly password: string;
  /** ARN (or name) of the secret with the admin credential. */
  readonly masterarn?: string;
  /** RDS instance identifier, where the host was learned from RDS. */
  readonly dbInstanceIdentifier?: string;
  /** Identifier of the Aurora or DocumentDB cluster, where the host was learned from RDS. */
  readonly dbClusterIdentifier?: string;
  /** AWS's own key: `false` where the catalog says `tls: disable`. */
  readonly ssl?: boolean | string;
  /** The name in the server's certificate, where `host` is an alias. */
  readonly servername?: string;
  /** PEM of the authorities of a server that neither RDS nor the function vouches for. */
  readonly ca?: string;
}

/** What the generated value of every database secret is before its first rotation: this one key. Pinned by a test. */
export const generatedPasswordKey = 'password';

/** The value of the secret named by {@link siemSecretName}; an operator supplies it. */
export interface SiemSecretValue {
  /** HEC token. */
  readonly token: string;
}

/** The keys of a database secret that the platform reads itself. The rest of a value is the user's own. */
export const databaseSecretKeys = [
  'engine',
  'host',
  'port',
  'dbname',
  'username',
  'password',
  'masterarn',
  'dbInstanceIdentifier',
  'dbClusterIdentifier',
  'ssl',
  'servername',
  'ca',
] as const;
