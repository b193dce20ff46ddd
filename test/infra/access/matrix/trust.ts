/** Who may assume the roles, as their trust policies decide it, and as the catalog says: every claim on every role. */
import {
  arnOf,
  type Claim,
  exampleOf,
  mayBecomeWorkload,
  mayBreakGlass,
  providerArn,
} from '../../../../lib/access/index.ts';
import { secondFactorTag } from '../../../../lib/reader-policies/handover.ts';
import type { Catalog, EnvironmentCatalog, Workload } from '../../../../lib/model/catalog.ts';
import { replicaRegionsOf, replicaRegionsReadBy } from '../../../../lib/model/replica-regions.ts';
import { roleArnIn } from '../../../../lib/model/role-arn.ts';
import { breakGlassRoleName } from '../../../../lib/contract/index.ts';
import type { ExampleStack } from '../../../_helpers/example-app.ts';
import { foreignAccount } from './cells.ts';
import { actionName, compile, foldKey, isAllowed, type Layer } from './evaluator.ts';
import { foreignRegion } from './regions.ts';
import { worldOf } from './world.ts';

/** A role that can be assumed, and by whom it may be. */
interface Assumable {
  readonly arn: string;
  readonly account: string;
  readonly expects: (claim: Claim) => boolean;
}

export interface TrustComparison {
  readonly cells: number;
  readonly allowed: number;
  readonly differences: readonly string[];
}

export const compareTrust = (catalog: Catalog, stacks: ReadonlyMap<string, ExampleStack>): TrustComparison => {
  const world = worldOf(catalog, stacks);
  const claims = claimsOn(catalog);
  const differences: string[] = [];
  let [cells, allowed] = [0, 0];
  for (const { arn, account, expects } of assumable(catalog)) {
    const policy = compile(world.trustOf(arn));
    for (const claim of claims) {
      const actual = isAssumed(arn, account, policy, claim);
      cells += 1;
      if (actual) allowed += 1;
      if (actual !== expects(claim)) {
        differences.push(`${arn} ${actual ? 'can' : "can't"} be assumed by ${JSON.stringify(claim)}`);
      }
    }
  }
  return { cells, allowed, differences };
};

const assumable = ({ environments }: Catalog): Assumable[] =>
  environments.flatMap((environment) => [
    ...environment.applications.flatMap((application) =>
      workloadsOf({ applications: [application] }).map((workload) => ({
        arn: roleArnIn(environment, workload.roleName),
        account: environment.account,
        expects: (claim: Claim) =>
          mayBecomeWorkload(environment, workload, claim, replicaRegionsReadBy(application, workload.name)),
      })),
    ),
    {
      arn: roleArnIn(environment, breakGlassRoleName(environment.name)),
      account: environment.account,
      expects: (claim: Claim) => mayBreakGlass(environment, claim),
    },
  ]);

const workloadsOf = ({
  applications,
}: Pick<EnvironmentCatalog, 'applications'>): (Workload & { readonly name: string })[] =>
  applications.flatMap(({ consumers }) => consumers.flatMap((one) => ('runsOn' in one ? [one] : [])));

const everything = compile({ Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] });

const isAssumed = (arn: string, account: string, policy: ReturnType<typeof compile>, claim: Claim): boolean => {
  const action = actionName(claim.by === 'token' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole');
  const target = { arn, account, policy, ownPolicyFirst: true };
  if (claim.by === 'principal') {
    const own = claim.arn.split(':')[4] ?? '';
    const layer = {
      'aws:principalarn': claim.arn,
      [foldKey(`aws:PrincipalTag/${secondFactorTag}`)]: claim.mfa ? 'true' : undefined,
    };
    return isAllowed({ arn: claim.arn, account: own, policies: [everything] }, action, target, [layer]);
  }
  const caller = { arn: claim.by === 'token' ? claim.provider : claim.service, account: undefined, policies: [] };
  return isAllowed(caller, action, target, [claim.by === 'token' ? tokenLayer(claim) : serviceLayer(claim)]);
};

const tokenLayer = ({ issuer, audience, subject }: Claim & { by: 'token' }): Layer => ({
  [foldKey(`${issuer}:aud`)]: audience,
  [foldKey(`${issuer}:sub`)]: subject,
});

const serviceLayer = ({ sourceAccount, sourceArn, sessionTags, certificate }: Claim & { by: 'service' }): Layer => ({
  'aws:sourceaccount': sourceAccount,
  'aws:sourcearn': sourceArn,
  ...Object.fromEntries(
    Object.entries(sessionTags ?? {}).map(([key, value]) => [foldKey(`aws:RequestTag/${key}`), value]),
  ),
  ...Object.fromEntries(
    Object.entries(certificate ?? {}).map(([key, value]) => [foldKey(`aws:PrincipalTag/x509Subject/${key}`), value]),
  ),
});

/** The right claims of every workload, and each of them with one thing that is not as it should be. */
const claimsOn = ({ environments }: Catalog): Claim[] => {
  const claims = environments.flatMap((environment): Claim[] => [
    ...workloadsOf(environment).flatMap((workload) =>
      [environment.region, ...replicaRegionsOf(environment), foreignRegion].flatMap((region) =>
        variantsOf(rightClaim({ ...environment, region }, workload)),
      ),
    ),
    ...[
      ...environment.breakGlass.map((arn) => exampleOf(arn, environment.region)),
      ...environment.breakGlass.map((arn) =>
        exampleOf(arn, environment.region).replace('AWSReservedSSO_', 'AWSReservedSSO_AWSReservedSSO_'),
      ),
      `arn:aws:iam::${environment.account}:role/administrator`,
    ].flatMap((arn) =>
      [arn, arn.replace(environment.account, foreignAccount)].flatMap((one): Claim[] => [
        { by: 'principal', arn: one, mfa: true },
        { by: 'principal', arn: one, mfa: false },
      ]),
    ),
  ]);
  return [...new Map(claims.map((claim) => [JSON.stringify(claim), claim])).values()];
};

/** What a workload shows where all is as the catalog says. */
export const rightClaim = (environment: EnvironmentCatalog, workload: Workload): Claim => {
  const { account: sourceAccount } = environment;
  const by = 'service';
  switch (workload.runsOn) {
    case 'lambda':
    case 'ec2':
      return { by, service: `${workload.runsOn}.amazonaws.com`, sourceAccount };
    case 'ecs':
    case 'ecs-execution':
      return { by, service: 'ecs-tasks.amazonaws.com', sourceAccount, sourceArn: arnOf(environment, 'ecs', 'task/1') };
    case 'eks':
      return {
        by,
        service: 'pods.eks.amazonaws.com',
        sourceAccount,
        sessionTags: {
          'eks-cluster-arn': arnOf(environment, 'eks', `cluster/${workload.cluster}`),
          'kubernetes-namespace': workload.namespace,
          'kubernetes-service-account': workload.serviceAccount,
        },
      };
    case 'eks-irsa':
    case 'github':
    case 'oidc':
      return { by: 'token', provider: providerArn(environment, workload.federation.issuer), ...workload.federation };
    case 'roles-anywhere': {
      const { commonName, organization = 'Example', organizationalUnit = 'Shop' } = workload.subject;
      return {
        by,
        service: 'rolesanywhere.amazonaws.com',
        sourceAccount,
        sourceArn: workload.trustAnchor,
        certificate: { CN: commonName, O: organization, OU: organizationalUnit },
      };
    }
  }
};

/** As it is; and each of its facts changed, made longer, and left out. */
const variantsOf = (claim: Claim): Claim[] => [
  claim,
  ...Object.entries(claim)
    .filter(([key]) => key !== 'by')
    .flatMap(([key, value]: [string, unknown]) => changesOf(value).map((changed) => ({ ...claim, [key]: changed }))),
];

const changesOf = (value: unknown): unknown[] => {
  if (typeof value === 'string')
    return [`${value}x`, `x${value}`, value.replace(/\d{12}/, foreignAccount), value.replace(/[^:/]+$/, 'x')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    changesOf(inner).map((changed) => ({ ...value, [key]: changed })),
  );
};
