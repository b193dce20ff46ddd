/** Opens sessions of roles for services that run code as one, and for holders of tokens. The trust policy decides. */
import { evaluate, type Principal } from '../authorization/evaluate.ts';
import type { Context } from '../authorization/check.ts';
import type { Deployed } from '../authorization/deployed.ts';
import { ServiceError } from '../service-call.ts';
import type { CredentialStore, RoleCaller, SessionCredentials } from './credentials.ts';

interface SessionOfRole {
  readonly roleArn: string;
  readonly sessionName: string;
  /** @default 3600 */
  readonly durationSeconds?: number;
}

export interface ServiceSession extends SessionOfRole {
  /** Service principal that runs the code, such as `ecs-tasks.amazonaws.com`. */
  readonly service: string;
  /** What the service acts for, such as the function's ARN. */
  readonly sourceArn?: string;
  /** Tags that the service gives the session, as EKS does for a pod. @default none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Subject of the certificate that IAM Roles Anywhere was shown, by its parts: `CN`, `O`, `OU`. @default none */
  readonly certificate?: Readonly<Record<string, string>>;
}

/** The claims of a token, which is taken for genuine. */
export interface TokenSession extends SessionOfRole {
  /** Host and path, of which the role's account has an OIDC provider. */
  readonly issuer: string;
  readonly audience: string;
  readonly subject: string;
}

export interface OpenedSession {
  readonly credentials: SessionCredentials;
  readonly caller: RoleCaller;
}

type Roles = Pick<Deployed, 'role'>;

/** @throws ServiceError if the role does not exist, or does not trust the service. */
export type OpenServiceSession = (session: ServiceSession) => Promise<OpenedSession>;

/** @throws ServiceError if the role does not exist, or does not trust the token. */
export type OpenTokenSession = (session: TokenSession) => Promise<OpenedSession>;

export const createOpenServiceSession =
  (deployed: Roles, store: CredentialStore): OpenServiceSession =>
  async ({ service, sourceArn, tags = {}, certificate, ...session }) => {
    // https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
    const subject = withPrefix('x509Subject/', certificate ?? {});
    const sessionTags = { ...tags, ...subject };
    return openSession(deployed, store, session, {
      principal: {
        arn: service,
        context: (account) => ({
          'aws:PrincipalIsAWSService': 'true',
          'aws:PrincipalServiceName': service,
          'aws:SourceAccount': account,
          ...(sourceArn !== undefined && { 'aws:SourceArn': sourceArn }),
          ...withPrefix('aws:RequestTag/', tags),
          ...withPrefix('aws:PrincipalTag/', subject),
        }),
      },
      actions: [
        'sts:AssumeRole',
        ...(Object.keys(sessionTags).length > 0 ? ['sts:TagSession'] : []),
        ...(certificate ? ['sts:SetSourceIdentity'] : []),
      ],
      of: { invokedBy: service, sessionTags },
    });
  };

export const createOpenTokenSession =
  (deployed: Roles, store: CredentialStore): OpenTokenSession =>
  ({ issuer, audience, subject, ...session }) => {
    const provider = `arn:aws:iam::${session.roleArn.split(':')[4] ?? ''}:oidc-provider/${issuer}`;
    return openSession(deployed, store, session, {
      principal: { arn: provider, context: () => ({ [`${issuer}:aud`]: audience, [`${issuer}:sub`]: subject }) },
      actions: ['sts:AssumeRoleWithWebIdentity'],
    });
  };

interface Claim {
  readonly principal: { readonly arn: string; readonly context: (account: string) => Context };
  readonly actions: readonly string[];
  readonly of?: { readonly invokedBy: string; readonly sessionTags: Readonly<Record<string, string>> };
}

const openSession = async (
  deployed: Roles,
  store: CredentialStore,
  { roleArn, sessionName, durationSeconds = 3600 }: SessionOfRole,
  { principal: { arn, context }, actions, of }: Claim,
): Promise<OpenedSession> => {
  const role = await deployed.role(roleArn);
  if (!role) throw new ServiceError('NoSuchEntity', `There is no role ${roleArn}.`, 404);
  const principal: Principal = { arn, identityPolicies: [], context: context(role.account) };
  const resource = { arn: roleArn, account: role.account, policy: role.trustPolicy };
  for (const action of actions) {
    const decision = await evaluate(principal, { action, resource });
    if (decision.allowed) continue;
    throw new ServiceError(
      'AccessDenied',
      `User: ${arn} is not authorized to perform: ${action} on resource: ${roleArn} ${decision.why}`,
      403,
    );
  }
  return store.openSession({ account: role.account, roleArn, roleId: role.id, sessionName, durationSeconds, ...of });
};

const withPrefix = (prefix: string, parts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [prefix + name, value]));
