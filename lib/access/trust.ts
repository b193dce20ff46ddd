/** What can assume the role of a consumer that Strongroom creates, or the break-glass role: from the catalog alone. */
import { type EnvironmentCatalog, type Workload } from '../model/index.ts';
import { isPattern, isRoleLike, partitionOf } from '../model/role-arn.ts';

/** What a caller presents to assume a role. */
export type Claim =
  /** An AWS service, on behalf of a resource of some account. */
  | {
      readonly by: 'service';
      readonly service: string;
      readonly sourceAccount?: string;
      readonly sourceArn?: string;
      /** Tags of the session that the service requests. */
      readonly sessionTags?: Readonly<Record<string, string>>;
      /** Tags that the service takes from a certificate. */
      readonly certificate?: Readonly<Record<string, string>>;
    }
  /** A token of an OpenID Connect issuer, which is registered as a provider in some account. */
  | {
      readonly by: 'token';
      readonly provider: string;
      readonly issuer: string;
      readonly audience: string;
      readonly subject: string;
    }
  /** A role. `mfa`: the session tag `strongroom:mfa` asserts a second factor. */
  | { readonly by: 'principal'; readonly arn: string; readonly mfa: boolean };

/** @param replicaRegions - regions of the replicas that the workload reads: it can run there too */
export const mayBecomeWorkload = (
  environment: EnvironmentCatalog,
  workload: Workload,
  claim: Claim,
  replicaRegions: readonly string[] = [],
): boolean => {
  const { account } = environment;
  switch (workload.runsOn) {
    case 'lambda':
      return isService(claim, 'lambda') && claim.sourceAccount === account;
    case 'ec2':
      return isService(claim, 'ec2') && (claim.sourceAccount ?? account) === account;
    case 'ecs':
    case 'ecs-execution':
      return (
        isService(claim, 'ecs-tasks') &&
        claim.sourceAccount === account &&
        [environment.region, ...replicaRegions].some((region) =>
          (claim.sourceArn ?? '').startsWith(arnOf({ ...environment, region }, 'ecs', '')),
        )
      );
    case 'eks':
      return (
        isService(claim, 'pods.eks') &&
        claim.sessionTags?.['eks-cluster-arn'] === arnOf(environment, 'eks', `cluster/${workload.cluster}`) &&
        claim.sessionTags['kubernetes-namespace'] === workload.namespace &&
        claim.sessionTags['kubernetes-service-account'] === workload.serviceAccount
      );
    case 'eks-irsa':
    case 'github':
    case 'oidc': {
      const { issuer, audience, subject } = workload.federation;
      return (
        claim.by === 'token' &&
        claim.provider === providerArn(environment, issuer) &&
        claim.issuer === issuer &&
        claim.audience === audience &&
        claim.subject === subject
      );
    }
    case 'roles-anywhere': {
      const { commonName, organization, organizationalUnit } = workload.subject;
      const required = { CN: commonName, O: organization, OU: organizationalUnit };
      return (
        isService(claim, 'rolesanywhere') &&
        claim.sourceArn === workload.trustAnchor &&
        Object.entries(required).every(([part, value]) => value === undefined || claim.certificate?.[part] === value)
      );
    }
  }
};

/** Sessions of a role do not show a second factor. Those of a permission set have a tag from the identity provider. */
export const mayBreakGlass = ({ breakGlass }: EnvironmentCatalog, claim: Claim): boolean =>
  claim.by === 'principal' && breakGlass.some((arn) => isRoleLike(claim.arn, arn) && (claim.mfa || !isPattern(arn)));

export const providerArn = ({ account, region }: EnvironmentCatalog, issuer: string): string =>
  `arn:${partitionOf(region)}:iam::${account}:oidc-provider/${issuer}`;

export const arnOf = (
  { account, region }: Pick<EnvironmentCatalog, 'account' | 'region'>,
  service: string,
  resource: string,
): string => `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;

const isService = (claim: Claim, name: string): claim is Claim & { by: 'service' } =>
  claim.by === 'service' && claim.service === `${name}.amazonaws.com`;
