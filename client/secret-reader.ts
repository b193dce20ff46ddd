/** The port that reads secrets, and its implementation with AWS Secrets Manager. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretError, type SecretErrorCode } from './secret-error.ts';

/** Reads secrets from a store. */
export interface SecretReader {
  /**
   * Returns the current version. Retries transient errors until the signal fires.
   *
   * @throws SecretError with a fitting code. The client reports any other error as `unexpected`.
   */
  read(secretName: string, signal: AbortSignal): Promise<StoredSecret>;
  /** Closes open connections. */
  dispose?(): void;
}

/** The current version of a secret. */
export interface StoredSecret {
  /** The value: `SecretString` in Secrets Manager. */
  readonly text: string;
  /** Id of the version, which changes with each rotation. */
  readonly versionId: string;
}

/** Options of {@link createSecretsManagerReader}. */
export interface SecretsManagerReaderOptions {
  /** AWS region. @default the region that the SDK finds */
  readonly region?: string | undefined;
  /** Client to use. You destroy it yourself. @default a client with 3 attempts, 1 s to connect and 2 s per request */
  readonly client?: SecretsManagerClient | undefined;
}

/** Creates a reader of AWS Secrets Manager that uses the caller's credentials. */
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
        throw new SecretError('invalid-value', `the value of ${secretName} is binary: store it as SecretString`, {
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
 * The ARN of a replica differs from the secret's ARN in the region only, and each region answers for its own:
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
  ResourceNotFoundException: ['not-found', 'the secret does not exist, or it has no value yet'],
  InvalidRequestException: ['deleted', 'the secret is scheduled for deletion'],
  AccessDeniedException: ['access-denied', 'the role may not read it: add the consumer to its readers in the catalog'],
  DecryptionFailure: ['access-denied', 'the role may not use the KMS key of the secret'],
  ThrottlingException: ['throttled', 'Secrets Manager throttles requests'],
  TooManyRequestsException: ['throttled', 'Secrets Manager throttles requests'],
  RequestLimitExceeded: ['throttled', 'Secrets Manager throttles requests'],
  CredentialsProviderError: ['credentials', 'no AWS credentials were found'],
  ExpiredTokenException: ['credentials', 'the AWS credentials have expired'],
  UnrecognizedClientException: ['credentials', 'the AWS credentials are unknown to AWS'],
  InvalidSignatureException: ['credentials', 'the signature of the AWS credentials is not valid'],
  InternalServiceError: ['unavailable', 'Secrets Manager has an internal error'],
  TimeoutError: ['timeout', 'Secrets Manager did not answer in time'],
};

/** Credentials that can't be fetched now may be available later. */
const transient: ReadonlySet<string> = new Set(['CredentialsProviderError', 'ExpiredTokenException']);
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
    retryable: retryable.has(code) || transient.has(name),
    cause,
  });
};

const unlisted = (name: string, status: number | undefined, systemCode: string | undefined) => {
  if (status !== undefined && status < 500)
    return ['unexpected', `Secrets Manager answered ${status} ${name}`] as const;
  return ['unavailable', `Secrets Manager can't be reached (${systemCode ?? name})`] as const;
};
