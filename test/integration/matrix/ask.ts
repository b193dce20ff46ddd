/** Asks the local AWS what the matrix asks, under the credentials of whoever asks. */
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DescribeSecretCommand, GetResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type {
  AccessRequest,
  AccountRequest,
  Circumstances,
  Decision,
  DeclaredSecret,
} from '../../../lib/access/index.ts';
import { breakGlassRoleName, keyAlias } from '../../../lib/contract/index.ts';
import type { LocalAws } from '../../../local/aws.ts';
import { administratorOf, region } from '../local/gateway-core/local-aws.ts';
import { accountRequests } from './account-requests.ts';
import type { Identity, IdentityOf } from './actors.ts';
import { keyRequests, type KeyTarget, undoneKeyRequests } from './key-requests.ts';
import { secretRequests, type SecretTarget, undoneSecretRequests } from './secret-requests.ts';

export interface Asking {
  /** What the policies as they are deployed decide. @throws Error where something else is in the way */
  ask(request: AccessRequest): Promise<Decision>;
  askForAccount(request: AccountRequest): Promise<Decision>;
  close(): void;
}

/** Whether a request may have an effect that is taken back after it: nothing else is asked meanwhile. */
export const isUndone = ({ action }: AccessRequest): boolean => {
  const [service, name = ''] = action.split(':');
  return name in (service === 'kms' ? undoneKeyRequests : undoneSecretRequests);
};

export const createAsking = async (
  aws: LocalAws,
  secrets: readonly DeclaredSecret[],
  identityOf: IdentityOf,
): Promise<Asking> => {
  const targets = await targetsOf(aws, secrets);
  const clients = createClients(aws);
  const administrator = administratorOf(aws);

  const askSecret = async ({ principal, secret, action, circumstances }: AccessRequest): Promise<Decision> => {
    const name = action.slice('secretsmanager:'.length);
    const target = targets.secret(secret);
    const identity = identityOf(principal, circumstances.secondFactor !== undefined);
    const client = clients.secretsManager(identity, circumstances.endpoint);
    const isAnswered = name === 'DescribeSecret' || (readsCurrent(name, circumstances) && target.hasValue);
    const decision = await decided(secretRequests[name]!(client, target, circumstances), isAnswered);
    if (decision === 'allowed') {
      const breakGlass = targets.breakGlass(secret);
      await undoneSecretRequests[name]?.(clients.secretsManager(identityOf(breakGlass, false)), target, {});
    }
    return decision;
  };

  const askKey = async ({ principal, secret, action, circumstances }: AccessRequest): Promise<Decision> => {
    const name = action.slice('kms:'.length);
    const target = targets.key(secret, circumstances.key?.context);
    const client = clients.kms(identityOf(principal, circumstances.secondFactor !== undefined));
    const decision = await decided(keyRequests[name]!(client, target));
    if (decision === 'allowed') await undoneKeyRequests[name]?.(administrator.kms, target);
    return decision;
  };

  return {
    ask: (request) => (request.action.startsWith('kms:') ? askKey(request) : askSecret(request)),
    askForAccount: ({ principal, action }) => {
      const identity = identityOf(principal, true);
      return decided(
        accountRequests[action]({ secrets: clients.secretsManager(identity), kms: clients.kms(identity) }),
      );
    },
    close: () => {
      clients.close();
    },
  };
};

const readsCurrent = (name: string, { version = 'AWSCURRENT', withId }: Circumstances): boolean =>
  name === 'GetSecretValue' && version === 'AWSCURRENT' && withId === undefined;

/**
 * Whatever the service answers once the policies have let a request through, it is allowed.
 *
 * @param isAnswered - whether there is nothing else on which it could fail
 */
const decided = async (answer: Promise<unknown>, isAnswered = false): Promise<Decision> => {
  try {
    return isRefusedInBatch(await answer) ? 'denied' : 'allowed';
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (refusals.has(name) && !message.includes('is not mapped to its resource')) return 'denied';
    // A client's own error has no status; a role of which nobody knows is no decision, nor is what the gateway has not mapped.
    if ($metadata?.httpStatusCode === undefined || refusals.has(name) || noDecisions.has(name)) throw error;
    if (isAnswered) throw error;
    return 'allowed';
  }
};

/** The last is the answer to who has no credentials. */
const refusals = new Set(['AccessDeniedException', 'AccessDenied', 'MissingAuthenticationTokenException']);
const noDecisions = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'InternalFailure',
]);

const isRefusedInBatch = (answer: unknown): boolean => {
  const { Errors } = answer as { Errors?: { ErrorCode?: string }[] };
  return Errors?.some(({ ErrorCode = '' }) => refusals.has(ErrorCode)) ?? false;
};

const targetsOf = async (aws: LocalAws, secrets: readonly DeclaredSecret[]) => {
  const { secrets: secretsManager, kms } = administratorOf(aws);
  const [known, keys] = [new Map<DeclaredSecret, SecretTarget>(), new Map<string, KeyTarget>()];
  for (const secret of secrets) {
    const { ARN: arn = '', VersionIdsToStages = {} } = await secretsManager.send(
      new DescribeSecretCommand({ SecretId: secret.fullName }),
    );
    const hasValue = Object.values(VersionIdsToStages).flat().includes('AWSCURRENT');
    const { ResourcePolicy: policy = '' } = await secretsManager.send(new GetResourcePolicyCommand({ SecretId: arn }));
    known.set(secret, { arn, policy, hasValue });
    const alias = aliasOf(secret);
    if (keys.has(alias)) continue;
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: alias }));
    const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId: KeyMetadata?.KeyId }));
    keys.set(alias, { arn: KeyMetadata?.Arn ?? '', alias, policy: Policy, context: undefined });
  }
  const secretTarget = (secret: DeclaredSecret): SecretTarget => known.get(secret)!;
  return {
    secret: secretTarget,
    key: (secret: DeclaredSecret, context: DeclaredSecret | 'validation' | undefined): KeyTarget => ({
      ...keys.get(aliasOf(secret))!,
      context: context && {
        SecretARN: context === 'validation' ? 'RequestToValidateKeyAccess' : secretTarget(context).arn,
      },
    }),
    breakGlass: ({ environment: { account, name } }: DeclaredSecret) => ({
      arn: `arn:aws:iam::${account}:role/${breakGlassRoleName(name)}`,
    }),
  };
};

const aliasOf = ({ environment, sensitivity }: DeclaredSecret): string => keyAlias(environment.name, sensitivity);

const createClients = ({ endpoint }: LocalAws) => {
  const known = new Map<string, SecretsManagerClient | KMSClient>();
  const httpAgent = new Agent({ lookup: onLoopback });
  const configuration = (identity: Identity) => ({
    region,
    // A refusal must be the first answer.
    maxAttempts: 1,
    requestHandler: { httpAgent },
    ...(identity === 'unsigned'
      ? { credentials: nobody, signer: { sign: (request: never) => Promise.resolve(request) } }
      : { credentials: identity }),
  });
  const nameOf = (identity: Identity): string => (identity === 'unsigned' ? identity : identity.accessKeyId);
  const of = <T extends SecretsManagerClient | KMSClient>(name: string, make: () => T): T => {
    const client = (known.get(name) as T | undefined) ?? make();
    known.set(name, client);
    return client;
  };
  return {
    kms: (identity: Identity): KMSClient =>
      of(`kms ${nameOf(identity)}`, () => new KMSClient({ ...configuration(identity), endpoint })),
    /** @param vpcEndpoint - the gateway takes its DNS name for it */
    secretsManager: (identity: Identity, vpcEndpoint?: string): SecretsManagerClient =>
      of(
        `secretsmanager ${nameOf(identity)} ${vpcEndpoint}`,
        () =>
          new SecretsManagerClient({
            ...configuration(identity),
            endpoint:
              vpcEndpoint === undefined
                ? endpoint
                : `http://${vpcEndpoint}-matrix00.secretsmanager.${region}.vpce.amazonaws.com:${new URL(endpoint).port}`,
          }),
      ),
    close: () => {
      for (const client of known.values()) client.destroy();
      httpAgent.destroy();
    },
  };
};

const nobody = { accessKeyId: 'none', secretAccessKey: 'none' };

/** Every name is this machine's. */
const onLoopback: LookupFunction = (_hostname, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
