/** Who may assume the role of a workload: its trust policy. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ServicePrincipal, WebIdentityPrincipal, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Federation, RolesAnywhere } from '../../model/catalog.ts';
import type { WorkloadProps } from './workload.ts';

export interface Trust {
  readonly principal: IPrincipal;
  /** Actions in addition to the one that assumes the role. */
  readonly alsoMay: string[];
}

/**
 * A service is trusted while it acts for this very account: its name alone would let it act for any
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
 */
export const trustOf = (scope: Construct, workload: WorkloadProps, alsoRunsIn: readonly string[]): Trust => {
  switch (workload.runsOn) {
    case 'lambda':
      return { principal: service('lambda', { StringEquals: ofAccount(scope) }), alsoMay: [] };
    case 'ecs':
    case 'ecs-execution':
      return { principal: ecs(scope, alsoRunsIn), alsoMay: [] };
    case 'ec2':
      // No page of AWS says that EC2 names the account. It gives a role to instances of the role's own account alone.
      return { principal: service('ec2', { StringEqualsIfExists: ofAccount(scope) }), alsoMay: [] };
    case 'eks':
      return { principal: pod(scope, workload), alsoMay: ['sts:TagSession'] };
    case 'eks-irsa':
    case 'github':
    case 'oidc':
      return { principal: federated(scope, workload.federation), alsoMay: [] };
    case 'roles-anywhere':
      return { principal: certificate(workload), alsoMay: ['sts:SetSourceIdentity', 'sts:TagSession'] };
  }
};

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

const service = (name: string, conditions: Conditions): ServicePrincipal =>
  new ServicePrincipal(`${name}.amazonaws.com`, { conditions });

const ofAccount = (scope: Construct) => ({ 'aws:SourceAccount': Stack.of(scope).account });

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html */
const ecs = (scope: Construct, alsoRunsIn: readonly string[]): ServicePrincipal => {
  const stack = Stack.of(scope);
  const tasksIn = (region: string): string =>
    stack.formatArn({ service: 'ecs', region, resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });
  const others = alsoRunsIn.map(tasksIn);
  return service('ecs-tasks', {
    StringEquals: ofAccount(scope),
    ArnLike: { 'aws:SourceArn': others.length > 0 ? [tasksIn(stack.region), ...others] : tasksIn(stack.region) },
  });
};

/**
 * EKS says of which pod it asks in the tags of the session; the ARN of the cluster has the account.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
const pod = (
  scope: Construct,
  { cluster, namespace, serviceAccount }: WorkloadProps & { readonly runsOn: 'eks' },
): ServicePrincipal =>
  service('pods.eks', {
    StringEquals: {
      'aws:RequestTag/eks-cluster-arn': Stack.of(scope).formatArn({
        service: 'eks',
        resource: 'cluster',
        resourceName: cluster,
      }),
      'aws:RequestTag/kubernetes-namespace': namespace,
      'aws:RequestTag/kubernetes-service-account': serviceAccount,
    },
  });

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html */
const federated = (scope: Construct, { issuer, audience, subject }: Federation): WebIdentityPrincipal => {
  const provider = Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'oidc-provider',
    resourceName: issuer,
  });
  return new WebIdentityPrincipal(provider, {
    StringEquals: { [`${issuer}:aud`]: audience, [`${issuer}:sub`]: subject },
  });
};

/** https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html */
const certificate = ({ trustAnchor, subject }: RolesAnywhere): ServicePrincipal => {
  const { commonName, organization, organizationalUnit } = subject;
  return service('rolesanywhere', {
    ArnEquals: { 'aws:SourceArn': trustAnchor },
    StringEquals: {
      'aws:PrincipalTag/x509Subject/CN': commonName,
      ...(organization !== undefined && { 'aws:PrincipalTag/x509Subject/O': organization }),
      ...(organizationalUnit !== undefined && { 'aws:PrincipalTag/x509Subject/OU': organizationalUnit }),
    },
  });
};
