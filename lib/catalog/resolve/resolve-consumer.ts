/** Makes the model of a consumer: the role that Strongroom makes and who may assume it, or the role that exists. */
import { consumerRoleName } from '../../contract/index.ts';
import type {
  Consumer,
  EnvironmentCatalog,
  ExistingReader,
  Federation,
  RolesAnywhere,
  Workload,
} from '../../model/catalog.ts';
import { must } from '../entries/must.ts';
import { partitionOf, roleArnIn } from '../../model/role-arn.ts';
import type { ConsumerSource } from '../schema/consumer.ts';
import { secondsOf } from '../schema/scalars.ts';

type EnvironmentLocation = Pick<EnvironmentCatalog, 'name' | 'account' | 'region'>;

export const resolveConsumer = (
  name: string,
  source: ConsumerSource,
  application: string,
  environment: EnvironmentLocation,
): Consumer => ({
  name,
  ...(source.network && { network: source.network }),
  ...(source.reads && { reads: source.reads }),
  ...(source.runsOn === undefined
    ? resolveExistingReader(source, environment)
    : resolveWorkload(source.runsOn, source, consumerRoleName(environment.name, application, name), environment)),
});

const resolveExistingReader = (
  { permissionSet, role, account }: ConsumerSource,
  environment: EnvironmentLocation,
): ExistingReader => {
  if (permissionSet !== undefined) return { permissionSet };
  const existing = must(role, 'role');
  if (account !== undefined) return { account, roleArn: roleArnIn({ ...environment, account }, existing) };
  return { roleArn: existing.startsWith('arn:') ? existing : roleArnIn(environment, existing) };
};

const resolveWorkload = (
  runsOn: NonNullable<ConsumerSource['runsOn']>,
  source: ConsumerSource,
  roleName: string,
  environment: EnvironmentLocation,
): Workload => {
  switch (runsOn) {
    case 'lambda':
    case 'ecs':
    case 'ecs-execution':
    case 'ec2':
      return { runsOn, roleName };
    case 'eks':
      return { runsOn, cluster: must(source.cluster, 'cluster'), ...podOf(source), roleName };
    case 'eks-irsa':
      return { runsOn, federation: serviceAccountOf(source), roleName };
    case 'github':
      return { runsOn, federation: jobOf(source), roleName };
    case 'oidc':
      return { runsOn, federation: claimsOf(source), roleName };
    case 'roles-anywhere':
      return { runsOn, ...certificateOf(source, environment), roleName };
  }
};

const podOf = ({ namespace, serviceAccount }: ConsumerSource): { namespace: string; serviceAccount: string } => ({
  namespace: must(namespace, 'namespace'),
  serviceAccount: must(serviceAccount, 'serviceAccount'),
});

/** What AWS's own libraries ask for, wherever they exchange a token. */
const audienceOfAws = 'sts.amazonaws.com';

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const serviceAccountOf = (source: ConsumerSource): Federation => {
  const { namespace, serviceAccount } = podOf(source);
  return {
    issuer: must(source.issuer, 'issuer'),
    audience: audienceOfAws,
    subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
  };
};

/** https://docs.github.com/en/actions/reference/security/oidc */
const jobOf = ({ repository, environment, branch, tag }: ConsumerSource): Federation => ({
  issuer: 'token.actions.githubusercontent.com',
  audience: audienceOfAws,
  subject: `repo:${must(repository, 'repository')}:${refOf(environment, branch, tag)}`,
});

const refOf = (environment: string | undefined, branch: string | undefined, tag: string | undefined): string => {
  if (environment !== undefined) return `environment:${environment}`;
  return branch === undefined ? `ref:refs/tags/${must(tag, 'tag')}` : `ref:refs/heads/${branch}`;
};

const claimsOf = ({ issuer, audience, subject }: ConsumerSource): Federation => ({
  issuer: must(issuer, 'issuer'),
  audience: must(audience, 'audience'),
  subject: must(typeof subject === 'string' ? subject : undefined, 'subject'),
});

const certificateOf = (
  { trustAnchor: given, subject, session = '1h' }: ConsumerSource,
  { account, region }: EnvironmentLocation,
): RolesAnywhere => {
  const trustAnchor = must(given, 'trustAnchor');
  return {
    trustAnchor: trustAnchor.startsWith('arn:')
      ? trustAnchor
      : `arn:${partitionOf(region)}:rolesanywhere:${region}:${account}:trust-anchor/${trustAnchor}`,
    subject: distinguishedName(must(typeof subject === 'object' ? subject : undefined, 'subject')),
    sessionSeconds: secondsOf(session),
  };
};

const distinguishedName = ({
  commonName,
  organization,
  organizationalUnit,
}: Exclude<ConsumerSource['subject'], string | undefined>): RolesAnywhere['subject'] => ({
  commonName,
  ...(organization !== undefined && { organization }),
  ...(organizationalUnit !== undefined && { organizationalUnit }),
});
