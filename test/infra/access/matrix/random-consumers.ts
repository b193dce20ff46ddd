/** A consumer of any kind that the catalog knows. */
import fc from 'fast-check';
import type { Consumer, Fences } from '../../../../lib/model/catalog.ts';
import { consumerRoleName } from '../../../../lib/contract/index.ts';
import { foreignAccount } from './cells.ts';

const region = 'eu-west-1';

export const consumerOf = (
  environment: string,
  account: string,
  application: string,
  name: string,
  fences: Fences | undefined,
): fc.Arbitrary<Consumer> => {
  const made = { name, roleName: consumerRoleName(environment, application, name) };
  const federation = { issuer: 'token.example.com/id/1', audience: 'sts.amazonaws.com', subject: `repo:${name}` };
  const kinds: Consumer[] = [
    { ...made, runsOn: 'lambda' },
    { ...made, runsOn: 'ecs' },
    { ...made, runsOn: 'ecs-execution' },
    { ...made, runsOn: 'ec2' },
    { ...made, runsOn: 'eks', cluster: 'shop', namespace: 'shop', serviceAccount: name },
    { ...made, runsOn: 'eks-irsa', federation },
    { ...made, runsOn: 'github', federation: { ...federation, issuer: 'token.actions.githubusercontent.com' } },
    { ...made, runsOn: 'oidc', federation },
    {
      ...made,
      runsOn: 'roles-anywhere',
      trustAnchor: `arn:aws:rolesanywhere:${region}:${account}:trust-anchor/11111111-2222-4333-8444-555555555555`,
      subject: { commonName: `${name}.example.com`, organization: 'Example' },
      sessionSeconds: 3600,
    },
    { name, roleArn: `arn:aws:iam::${account}:role/${application}-${name}` },
    { name, permissionSet: `${application}-${name}` },
    ...(fences?.organizationId === undefined
      ? []
      : [{ name, account: foreignAccount, roleArn: `arn:aws:iam::${foreignAccount}:role/${application}-${name}` }]),
  ];
  return fc
    .record({ kind: fc.constantFrom(...kinds), anywhere: fc.boolean(), byVersion: fc.boolean() })
    .map(({ kind, anywhere, byVersion }) => ({
      ...kind,
      ...(anywhere && { network: 'any' as const }),
      ...(byVersion && { reads: 'by-version' as const }),
    }));
};
