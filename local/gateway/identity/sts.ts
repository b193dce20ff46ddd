/** STS: sessions of roles for principals that their trust policy allows, and which account a key belongs to. */
import { IAMClient } from '@aws-sdk/client-iam';
import { sessionTags } from '../authorization/sts-checks.ts';
import { text } from '../authorization/check.ts';
import type { Deployed } from '../authorization/deployed.ts';
import { readManagedPolicy } from '../authorization/deployed-role.ts';
import type { EmulatorClients } from '../authorization/emulator-clients.ts';
import type { AwsRequest, AwsResponse, ServiceOverlay } from '../request.ts';
import { isRecord, ServiceError } from '../service-call.ts';
import { queryAnswer } from '../wire/answer.ts';
import type { CredentialStore } from './credentials.ts';

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Gets the calls that the policies allow: AssumeRole has passed the role's trust policy. */
export const createSts = (deployed: Deployed, store: CredentialStore, clients: EmulatorClients): ServiceOverlay => ({
  service: 'sts',
  handle: (request) => {
    switch (request.operation) {
      case 'GetCallerIdentity':
        return Promise.resolve(callerIdentity(request));
      case 'AssumeRole':
        return assumeRole(request, deployed, store, clients);
      default:
        throw new ServiceError(
          'InvalidAction',
          `The local STS has AssumeRole and GetCallerIdentity, not ${request.operation}.`,
        );
    }
  },
});

const callerIdentity = ({ caller, operation, requestId }: AwsRequest): AwsResponse => {
  if (caller.kind === 'service') throw new ServiceError('AccessDenied', 'A service has no identity of this kind.', 403);
  return queryAnswer(
    operation,
    namespace,
    {
      UserId: caller.kind === 'role' ? caller.principalId : 'AIDASTRONGROOMLOCAL00',
      Account: caller.account,
      Arn: caller.arn,
    },
    requestId,
  );
};

const assumeRole = async (
  request: AwsRequest,
  deployed: Deployed,
  store: CredentialStore,
  clients: EmulatorClients,
): Promise<AwsResponse> => {
  const { input } = request;
  const roleArn = text(input['RoleArn']) ?? '';
  const sessionName = text(input['RoleSessionName']) ?? '';
  if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw new ServiceError('ValidationError', `RoleSessionName is not valid: ${sessionName}`);
  }
  const role = await deployed.role(roleArn);
  if (!role) throw new ServiceError('AccessDenied', `There is no role ${roleArn}.`, 403);
  const sessionPolicy = await readSessionPolicy(input, role.account, clients);
  const { credentials, caller } = store.openSession({
    account: role.account,
    roleArn,
    roleId: role.id,
    sessionName,
    durationSeconds: duration(request, role.maxSessionSeconds),
    sessionTags: sessionTags(input),
    ...(sessionPolicy !== undefined && { sessionPolicy }),
  });
  return queryAnswer(
    'AssumeRole',
    namespace,
    {
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        SessionToken: credentials.sessionToken,
        Expiration: credentials.expiration.toISOString(),
      },
      AssumedRoleUser: { AssumedRoleId: caller.principalId, Arn: caller.arn },
    },
    request.requestId,
  );
};

const duration = ({ input, caller }: AwsRequest, maxSessionSeconds: number): number => {
  // A role that assumes a role has an hour at most.
  const longest = caller.kind === 'role' ? 3600 : maxSessionSeconds;
  const asked = Number(text(input['DurationSeconds']) ?? '3600');
  if (!Number.isInteger(asked) || asked < 900 || asked > longest) {
    throw new ServiceError(
      'ValidationError',
      `The requested DurationSeconds exceeds the MaxSessionDuration set for this role: ${asked} is not between 900 and ${longest}.`,
    );
  }
  return asked;
};

/** `Policy` and `PolicyArns` together, as one document: what either allows. */
const readSessionPolicy = async (
  input: Readonly<Record<string, unknown>>,
  account: string,
  clients: EmulatorClients,
): Promise<unknown> => {
  const inline = text(input['Policy']);
  const documents: unknown[] = inline === undefined ? [] : [parseInline(inline)];
  const iam = clients.of(IAMClient, { account, region: 'us-east-1' });
  for (let index = 1; ; index++) {
    const arn = text(input[`PolicyArns.member.${index}.arn`]);
    if (arn === undefined) break;
    documents.push((await readManagedPolicy(iam, arn)).policy);
  }
  if (documents.length === 0) return undefined;
  return {
    Version: '2012-10-17',
    Statement: documents.flatMap((document) => (isRecord(document) ? [document['Statement']].flat() : [])),
  };
};

const parseInline = (policy: string): unknown => {
  try {
    return JSON.parse(policy);
  } catch {
    throw new ServiceError('MalformedPolicyDocument', 'The session policy is not valid JSON.');
  }
};
