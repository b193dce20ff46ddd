/** The role of a workload, with what hands it to the workload: instance profile, association or profile. */
import { Duration, Tags } from 'aws-cdk-lib';
import { CfnPodIdentityAssociation } from 'aws-cdk-lib/aws-eks';
import { InstanceProfile, ManagedPolicy, PolicyStatement, Role, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { CfnProfile } from 'aws-cdk-lib/aws-rolesanywhere';
import type { Construct } from 'constructs';
import type { Workload } from '../../model/catalog.ts';
import { consumerRoleName, secretTag } from '../../contract/index.ts';
import { acknowledge } from '../../rules/acknowledge.ts';
import { invalidProps } from '../invalid-props.ts';
import { trustOf } from './trust.ts';

/** {@link Workload} without the name of its role, which follows from environment, application and consumer. */
export type WorkloadProps = Workload extends infer One ? (One extends Workload ? Omit<One, 'roleName'> : never) : never;

export interface WorkloadRoleProps {
  readonly environment: string;
  readonly application: string;
  readonly name: string;
  readonly permissionsBoundary?: IManagedPolicy;
  readonly alsoRunsIn?: readonly string[];
}

/** The tags are what reading by tags compares; they are on every role, so that a consumer can come to it later. */
export const workloadRole = (
  scope: Construct,
  workload: WorkloadProps,
  { environment, application, name, permissionsBoundary, alsoRunsIn = [] }: WorkloadRoleProps,
): Role => {
  checkNoWildcards(scope, name, workload);
  const { principal, alsoMay } = trustOf(scope, workload, alsoRunsIn);
  const role = new Role(scope, 'Role', {
    roleName: consumerRoleName(environment, application, name),
    description: `Consumer ${name} of ${application} in ${environment}`,
    assumedBy: principal,
    ...(permissionsBoundary && { permissionsBoundary }),
    ...(workload.runsOn === 'roles-anywhere' && { maxSessionDuration: longestSession(workload.sessionSeconds) }),
  });
  if (alsoMay.length > 0) {
    role.assumeRolePolicy?.addStatements(new PolicyStatement({ principals: [principal], actions: alsoMay }));
  }
  if (workload.runsOn === 'eks') {
    acknowledge(role, {
      'Strongroom-ConfusedDeputy[pods.eks.amazonaws.com]':
        'A session tag that EKS alone sets names the cluster by its ARN, and with it the account.',
    });
  }
  if (workload.runsOn === 'ecs-execution') pullAndLog(role);
  if (workload.runsOn === 'ec2') {
    acknowledge(role, {
      'Strongroom-ConfusedDeputy[ec2.amazonaws.com]':
        'EC2 gives a role only to instances of its own account; if a request names an account, it must be that one.',
    });
  }
  Tags.of(role).add(secretTag.environment, environment);
  Tags.of(role).add(secretTag.application, application);
  Tags.of(role).add(secretTag.consumer, name);
  handOver(scope, workload, role);
  return role;
};

/** What every execution role needs: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
const pullAndLog = (role: Role): void => {
  role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonECSTaskExecutionRolePolicy'));
  acknowledge(role, {
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]':
      'AWS keeps the policy by which the agent pulls images and writes logs. It names no secret.',
  });
};

const handOver = (scope: Construct, workload: WorkloadProps, role: Role): void => {
  switch (workload.runsOn) {
    case 'ec2':
      new InstanceProfile(scope, 'InstanceProfile', { role, instanceProfileName: role.roleName });
      return;
    case 'eks':
      new CfnPodIdentityAssociation(scope, 'PodIdentity', {
        clusterName: workload.cluster,
        namespace: workload.namespace,
        serviceAccount: workload.serviceAccount,
        roleArn: role.roleArn,
      });
      return;
    case 'roles-anywhere':
      new CfnProfile(scope, 'Profile', {
        name: role.roleName,
        enabled: true,
        durationSeconds: workload.sessionSeconds,
        roleArns: [role.roleArn],
      });
      return;
    case 'lambda':
    case 'ecs':
    case 'ecs-execution':
    case 'eks-irsa':
    case 'github':
    case 'oidc':
      return;
  }
};

/** A role's own limit is an hour at least, and caps that of the profile. */
const longestSession = (seconds: number): Duration => Duration.seconds(Math.max(seconds, 3600));

/** IAM would compare them letter by letter, or fill them in: neither is what was meant. */
const checkNoWildcards = (scope: Construct, name: string, workload: WorkloadProps): void => {
  for (const text of trusted(workload)) {
    if (/[*?$]/.test(text)) {
      throw invalidProps(scope, `Consumer "${name}" can't trust "${text}": write it in full, without * ? and $`);
    }
  }
};

const trusted = (workload: WorkloadProps): string[] => {
  switch (workload.runsOn) {
    case 'eks':
      return [workload.cluster, workload.namespace, workload.serviceAccount];
    case 'eks-irsa':
    case 'github':
    case 'oidc':
      return [workload.federation.issuer, workload.federation.audience, workload.federation.subject];
    case 'roles-anywhere':
      return [workload.trustAnchor, ...Object.values<string>(workload.subject)];
    case 'lambda':
    case 'ecs':
    case 'ecs-execution':
    case 'ec2':
      return [];
  }
};
