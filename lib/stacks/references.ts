/** What a stack refers to by the contract's names, since no stack exports anything. */
import {
  SecurityGroup,
  Subnet,
  Vpc,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import { Alias, Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { AdoptedSecret, Contact, EnvironmentCatalog, Network } from '../model/catalog.ts';
import { partitionOf } from '../model/role-arn.ts';
import { topicArn } from '../constructs/arns.ts';
import { acknowledge } from '../rules/acknowledge.ts';
import { alertTopicName, keyAlias, type Sensitivity } from '../contract/index.ts';

export const keyOf = (scope: Construct, environment: string, sensitivity: Sensitivity): IKey =>
  Alias.fromAliasName(scope, `Key-${sensitivity}`, keyAlias(environment, sensitivity));

export const alertTopicOf = (scope: Construct, environment: string, contact: Contact): ITopic =>
  Topic.fromTopicArn(
    scope,
    `Alerts-${contact.name}`,
    'topic' in contact ? contact.topic : topicArn(scope, alertTopicName(environment, contact.name)),
  );

/** The topics of applications whose contact is another one than the platform's, by ARNs without tokens: a file has them. */
export const applicationTopicsOf = (
  scope: Construct,
  { name, account, region, contact: platform, applications }: EnvironmentCatalog,
): Readonly<Record<string, ITopic>> => {
  const arnOf = (contact: Contact): string =>
    'topic' in contact
      ? contact.topic
      : `arn:${partitionOf(region)}:sns:${region}:${account}:${alertTopicName(name, contact.name)}`;
  return Object.fromEntries(
    applications
      .filter(({ contact }) => contact.name !== platform.name)
      .map((application) => [
        application.name,
        Topic.fromTopicArn(scope, `AlertsOf-${application.name}`, arnOf(application.contact)),
      ]),
  );
};

export const rolesOf = (scope: Construct, id: string, arns: readonly string[]): IRole[] =>
  arns.map((arn, index) => Role.fromRoleArn(scope, `${id}${index}`, arn));

/** A role by its ARN, once in a scope. */
export const roleOf = (scope: Construct, arn: string): IRole => {
  const known = scope.node.tryFindChild(arn.replaceAll('/', '--'));
  return known instanceof ImportedRole ? known.role : new ImportedRole(scope, arn).role;
};

class ImportedRole extends Construct {
  readonly role: IRole;

  constructor(scope: Construct, arn: string) {
    super(scope, arn);
    this.role = Role.fromRoleArn(this, 'Role', arn, { mutable: false });
  }
}

/** A secret that another stack, or nobody yet, manages: by its ARN and that of its key. */
export const adoptedSecret = (scope: Construct, id: string, { arn, keyArn }: AdoptedSecret): ISecret => {
  const scopeOfIt = new Construct(scope, id);
  return Secret.fromSecretAttributes(scopeOfIt, 'Secret', {
    secretCompleteArn: arn,
    ...(keyArn !== undefined && { encryptionKey: Key.fromKeyArn(scopeOfIt, 'Key', keyArn) }),
  });
};

/** The network by its ids: nothing is looked up in the account. */
export const networkOf = (
  scope: Construct,
  { vpc, subnets, securityGroups }: Network,
): { vpc: IVpc; vpcSubnets: SubnetSelection; securityGroups: ISecurityGroup[] } => ({
  // The zones are not known here and not needed: the subnets are named one by one.
  vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: vpc, availabilityZones: ['unknown'] }),
  vpcSubnets: { subnets: subnets.map((id) => subnetOf(scope, id)) },
  securityGroups: securityGroups.map((id) => SecurityGroup.fromSecurityGroupId(scope, id, id, { mutable: false })),
});

const subnetOf = (scope: Construct, id: string): ISubnet => {
  const subnet = Subnet.fromSubnetId(scope, id, id);
  acknowledge(subnet, { '@aws-cdk/aws-ec2:noSubnetRouteTableId': 'Nothing here reads the route table.' });
  return subnet;
};

/** Left out where the catalog says nothing: the functions have their own default. */
export const logsFor = (days: number | undefined): { logRetention?: RetentionDays } => {
  const logRetention = days === undefined ? undefined : retentionByDays[days];
  return logRetention === undefined ? {} : { logRetention };
};

const retentionByDays: Readonly<Record<number, RetentionDays | undefined>> = Object.fromEntries(
  Object.values(RetentionDays).flatMap((days) => (typeof days === 'string' ? [] : [[days, days]])),
);
