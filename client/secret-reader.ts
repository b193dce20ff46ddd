/** The port through which the client reads, and its implementation on Secrets Manager. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError, type SecretErrorCode } from './secret-error.ts';

export interface SecretReader {
  /**
   * The current version, with retries where they help, until the signal fires.
   *
   * @throws SecretError, best with the codes of Secrets Manager's errors; anything else counts as `unexpected`.
   */
  read(secretName: string, signal: AbortSignal): Promise<StoredSecret>;
  /** Closes connections. */
  dispose?(): void;
}

export interface StoredSecret {
  readonly text: string;
  readonly versionId: string;
}

export interface SecretsManagerReaderOptions {
  /** @default the SDK's own search: environment, profile, instance */
  readonly region?: string;
  /** Your own client, which you close yourself. @default one with 3 attempts and time limits on every request */
  readonly client?: SecretsManagerClient;
}

/** Reads from Secrets Manager with the caller's own role. */
export const createSecretsManagerReader = (options: SecretsManagerReaderOptions = {}): SecretReader => {
  const client = options.client ?? createClient(options.region);
  return {
    read: async (secretName, signal) => {
      const { SecretString: text, VersionId: versionId } = await whereItRuns(secretName, client)
        .then((SecretId) => client.send(new GetSecretValueCommand({ SecretId }), { abortSignal: signal }))
        .catch((cause: unknown) => {
          throw toSecretError(cause, secretName, signal);
        });
      if (text === undefined || versionId === undefined) {
        throw new SecretError('invalid-value', `the value of ${secretName} is binary: store text or JSON`, {
          secretName,
        });
      }
      return { text, versionId };
    },
    dispose: () => {
      if (!options.client) client.destroy();
    },
  };
};

/**
 * A replica has the ARN of its secret but for the region, and no region answers for another:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
 */
const whereItRuns = async (secretName: string, { config }: SecretsManagerClient): Promise<string> => {
  const [arn, partition, service, , ...others] = secretName.split(':');
  return arn === 'arn' ? [arn, partition, service, await config.region(), ...others].join(':') : secretName;
};

const createClient = (region: string | undefined) =>
  new SecretsManagerClient({
    ...(region !== undefined && { region }),
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  });

const meanings: Readonly<Record<string, readonly [code: SecretErrorCode, meaning: string]>> = {
  ResourceNotFoundException: ['not-found', 'there is no such secret, or it has no value yet'],
  InvalidRequestException: ['deleted', 'the secret is marked for deletion'],
  AccessDeniedException: ['access-denied', 'this role may not read it: declare it as a reader in the catalog'],
  DecryptionFailure: ['access-denied', 'this role may not use the key of the secret'],
  ThrottlingException: ['throttled', 'Secrets Manager asks to slow down'],
  TooManyRequestsException: ['throttled', 'Secrets Manager asks to slow down'],
  RequestLimitExceeded: ['throttled', 'Secrets Manager asks to slow down'],
  CredentialsProviderError: ['credentials', 'no AWS credentials were found'],
  ExpiredTokenException: ['credentials', 'the AWS credentials have expired'],
  UnrecognizedClientException: ['credentials', 'the AWS credentials are not known'],
  InvalidSignatureException: ['credentials', 'the AWS credentials do not fit'],
  InternalServiceError: ['unavailable', 'Secrets Manager fails'],
  TimeoutError: ['timeout', 'Secrets Manager did not answer in time'],
};

/** Credentials that can't be fetched at the moment are like a service that can't be reached. */
const passing: ReadonlySet<string> = new Set(['CredentialsProviderError', 'ExpiredTokenException']);
const retryable: ReadonlySet<SecretErrorCode> = new Set(['throttled', 'timeout', 'unavailable']);

const toSecretError = (cause: unknown, secretName: string, signal: AbortSignal): SecretError => {
  const {
    name,
    $metadata,
    code: systemCode,
  } = cause as Error & {
    $metadata?: { httpStatusCode?: number };
    code?: string;
  };
  const status = $metadata?.httpStatusCode;
  const [code, meaning] = signal.aborted
    ? (['timeout', 'Secrets Manager did not answer in time'] as const)
    : (meanings[name] ?? unlisted(name, status, systemCode));
  return new SecretError(code, `can't read ${secretName}: ${meaning}`, {
    secretName,
    retryable: retryable.has(code) || passing.has(name),
    cause,
  });
};

const unlisted = (name: string, status: number | undefined, systemCode: string | undefined) => {
  if (status !== undefined && status < 500)
    return ['unexpected', `Secrets Manager answered ${status} ${name}`] as const;
  return ['unavailable', `Secrets Manager can't be reached (${systemCode ?? name})`] as const;
};
