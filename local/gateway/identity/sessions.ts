/** Opens sessions of roles for the services that run code as one: Lambda, ECS. The trust policy decides. */
import { evaluate } from '../authorization/evaluate.ts';
import type { Deployed } from '../authorization/deployed.ts';
import { ServiceError } from '../service-call.ts';
import type { CredentialStore, RoleCaller, SessionCredentials } from './credentials.ts';

export interface ServiceSession {
  readonly roleArn: string;
  /** Service principal that runs the code, such as `ecs-tasks.amazonaws.com`. */
  readonly service: string;
  readonly sessionName: string;
  /** What the service acts for, such as the function's ARN. */
  readonly sourceArn?: string;
  /** @default 3600 */
  readonly durationSeconds?: number;
}

/** @throws ServiceError where the role does not exist, or does not trust the service. */
export type OpenServiceSession = (
  session: ServiceSession,
) => Promise<{ readonly credentials: SessionCredentials; readonly caller: RoleCaller }>;

export const createOpenServiceSession =
  (deployed: Deployed, store: CredentialStore): OpenServiceSession =>
  async ({ roleArn, service, sessionName, sourceArn, durationSeconds = 3600 }) => {
    const role = await deployed.role(roleArn);
    if (!role) throw new ServiceError('NoSuchEntity', `There is no role ${roleArn}.`, 404);
    const decision = await evaluate(
      {
        arn: service,
        identityPolicies: [],
        context: {
          'aws:PrincipalIsAWSService': 'true',
          'aws:PrincipalServiceName': service,
          'aws:SourceAccount': role.account,
          ...(sourceArn !== undefined && { 'aws:SourceArn': sourceArn }),
        },
      },
      { action: 'sts:AssumeRole', resource: { arn: roleArn, account: role.account, policy: role.trustPolicy } },
    );
    if (!decision.allowed) {
      throw new ServiceError(
        'AccessDenied',
        `User: ${service} is not authorized to perform: sts:AssumeRole on resource: ${roleArn} ${decision.why}`,
        403,
      );
    }
    return store.openSession({
      account: role.account,
      roleArn,
      roleId: role.id,
      sessionName,
      durationSeconds,
      invokedBy: service,
    });
  };
