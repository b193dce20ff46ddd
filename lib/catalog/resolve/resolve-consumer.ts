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
import type { ConsumerSource, WorkloadSource } from '../schema/consumer.ts';
import { secondsOf } from '../words/scalars.ts';

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
  ...('runsOn' in source
    ? resolveWorkload(source, consumerRoleName(environment.name, application, name), environment)
    : resolveExistingReader(source, environment)),
});

const resolveExistingReader = (
  source: Exclude<ConsumerSource, WorkloadSource>,
  environment: EnvironmentLocation,
): ExistingReader => {
  if ('permissionSet' in source) return { permissionSet: source.permissionSet };
  const { role, account } = source;
  if (account !== undefined) return { account, roleArn: roleArnIn({ ...environment, account }, role) };
  return { roleArn: role.startsWith('arn:') ? role : roleArnIn(environment, role) };
};

const resolveWorkload = (source: WorkloadSource, roleName: string, environment: EnvironmentLocation): Workload => {
  switch (source.runsOn) {
    case 'lambda':
    case 'ecs':
    case 'ecs-execution':
    case 'ec2':
      return { runsOn: source.runsOn, roleName };
    case 'eks':
      return { runsOn: source.runsOn, ...podOf(source), roleName };
    case 'eks-irsa':
      return { runsOn: source.runsOn, federation: serviceAccountOf(source), roleName };
    case 'github':
      return { runsOn: source.runsOn, federation: jobOf(source), roleName };
    case 'oidc':
      return { runsOn: source.runsOn, federation: claimsOf(source), roleName };
    case 'roles-anywhere':
      return { runsOn: source.runsOn, ...certificateOf(source, environment), roleName };
  }
};

type SourceOf<Service extends WorkloadSource['runsOn']> = Extract<WorkloadSource, { runsOn: Service }>;

const podOf = ({
  cluster,
  namespace,
  serviceAccount,
}: SourceOf<'eks'>): Pick<SourceOf<'eks'>, 'cluster' | 'namespace' | 'serviceAccount'> => ({
  cluster,
  namespace,
  serviceAccount,
});

/** The audience that AWS's own libraries ask for when they exchange a token. */
const audienceOfAws = 'sts.amazonaws.com';

/** https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
const serviceAccountOf = ({ issuer, namespace, serviceAccount }: SourceOf<'eks-irsa'>): Federation => ({
  issuer,
  audience: audienceOfAws,
  subject: `system:serviceaccount:${namespace}:${serviceAccount}`,
});

/** https://docs.github.com/en/actions/reference/security/oidc */
const jobOf = ({ repository, environment, branch, tag }: SourceOf<'github'>): Federation => ({
  issuer: 'token.actions.githubusercontent.com',
  audience: audienceOfAws,
  subject: `repo:${repository}:${refOf(environment, branch, tag)}`,
});

const refOf = (environment: string | undefined, branch: string | undefined, tag: string | undefined): string => {
  if (environment !== undefined) return `environment:${environment}`;
  return branch === undefined ? `ref:refs/tags/${must(tag, 'tag')}` : `ref:refs/heads/${branch}`;
};

const claimsOf = ({ issuer, audience, subject }: SourceOf<'oidc'>): Federation => ({ issuer, audience, subject });

const certificateOf = (
  { trustAnchor, subject, session = '1h' }: SourceOf<'roles-anywhere'>,
  { account, region }: EnvironmentLocation,
): RolesAnywhere => ({
  trustAnchor: trustAnchor.startsWith('arn:')
    ? trustAnchor
    : `arn:${partitionOf(region)}:rolesanywhere:${region}:${account}:trust-anchor/${trustAnchor}`,
  subject: distinguishedName(subject),
  sessionSeconds: secondsOf(session),
});

const distinguishedName = ({
  commonName,
  organization,
  organizationalUnit,
}: SourceOf<'roles-anywhere'>['subject']): RolesAnywhere['subject'] => ({
  commonName,
  ...(organization !== undefined && { organization }),
  ...(organizationalUnit !== undefined && { organizationalUnit }),
});
