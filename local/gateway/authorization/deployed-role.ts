/** A role with every policy that limits it. */
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
} from '@aws-sdk/client-iam';
import type { EmulatorClients } from './emulator-clients.ts';

export interface NamedPolicy {
  readonly name: string;
  readonly policy: unknown;
}

export interface DeployedRole {
  readonly arn: string;
  readonly account: string;
  /** `AROA…` */
  readonly id: string;
  readonly trustPolicy: unknown;
  readonly identityPolicies: readonly NamedPolicy[];
  readonly permissionsBoundary?: NamedPolicy;
  readonly maxSessionSeconds: number;
  readonly tags: Readonly<Record<string, string>>;
}

export const readRole = async (clients: EmulatorClients, arn: string): Promise<DeployedRole | undefined> => {
  const [, , , , account = '', resource = ''] = arn.split(':');
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const iam = clients.of(IAMClient, { account, region: 'us-east-1' });
  const found = await clients.ifFound(iam.send(new GetRoleCommand({ RoleName: name })));
  const role = found?.Role;
  if (role?.Arn !== arn) return undefined;
  const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
  return {
    arn,
    account,
    id: role.RoleId ?? '',
    trustPolicy: parseDocument(role.AssumeRolePolicyDocument),
    identityPolicies: [...(await inlinePolicies(iam, name)), ...(await attachedPolicies(clients, iam, name))],
    ...(boundary !== undefined && { permissionsBoundary: await readManagedPolicy(iam, boundary) }),
    maxSessionSeconds: role.MaxSessionDuration ?? 3600,
    tags: Object.fromEntries((role.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  };
};

/** A managed policy, in its default version. */
export const readManagedPolicy = async (iam: IAMClient, arn: string): Promise<NamedPolicy> => {
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: arn }));
  const { PolicyVersion } = await iam.send(
    new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: Policy?.DefaultVersionId ?? 'v1' }),
  );
  return { name: arn, policy: parseDocument(PolicyVersion?.Document) };
};

const inlinePolicies = async (iam: IAMClient, name: string): Promise<NamedPolicy[]> => {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: name }));
  return Promise.all(
    PolicyNames.map(async (policyName) => {
      const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName: policyName }));
      return { name: policyName, policy: parseDocument(PolicyDocument) };
    }),
  );
};

const attachedPolicies = async (clients: EmulatorClients, iam: IAMClient, name: string): Promise<NamedPolicy[]> => {
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: name }));
  const policies = await Promise.all(
    // The emulator attaches what does not exist (an empty ARN, in the bootstrap stack): that allows nothing.
    AttachedPolicies.map(({ PolicyArn = '' }) => clients.ifFound(readManagedPolicy(iam, PolicyArn))),
  );
  return policies.filter((policy) => policy !== undefined);
};

/** IAM answers documents URL-encoded. */
const parseDocument = (document: string | undefined): unknown => {
  if (document === undefined) throw new Error('IAM answered a policy without a document');
  return JSON.parse(document.startsWith('%') ? decodeURIComponent(document) : document);
};
