/** Checks the consumers of a file against the environment: whose account, whose trust anchor, who else is the same. */
import { inWords } from '../words/expectation.ts';
import type { Scope } from './scope.ts';

export const checkConsumers = (scope: Scope): void => {
  checkOtherAccounts(scope);
  checkTrustAnchors(scope);
  checkPermissionSets(scope);
};

/** Which consumer has a service account of an EKS cluster already. */
export type PodIdentities = Map<string, string>;

/** Enters the service accounts of Pod Identity, which gives each of them one role. */
export const claimPodIdentities = (scope: Scope, identities: PodIdentities, file: string): void => {
  const { environment, consumers, report } = scope;
  if (environment === undefined) return;
  for (const [consumer, { runsOn, cluster, namespace, serviceAccount }] of Object.entries(consumers)) {
    if (runsOn !== 'eks' || cluster === undefined || namespace === undefined || serviceAccount === undefined) continue;
    const key = [environment.account ?? environment.name, environment.region, cluster, namespace, serviceAccount];
    const owner = identities.get(key.join(' '));
    if (owner === undefined) {
      identities.set(key.join(' '), `consumer ${consumer} of ${file}, in environment ${environment.name}`);
      continue;
    }
    report(
      ['consumers', consumer, 'serviceAccount'],
      'consumer-twice',
      `is that of ${owner}, too (got ${serviceAccount} in namespace ${namespace} of cluster ${cluster}), and EKS gives ` +
        'it one role; write a service account for this consumer alone',
    );
  }
};

/** A role of another account is let in by its ARN and its organisation, never as a way from one environment to another. */
const checkOtherAccounts = ({ environment, consumers, report }: Scope): void => {
  if (environment === undefined) return;
  for (const [consumer, { account }] of Object.entries(consumers)) {
    if (account === undefined) continue;
    const where = ['consumers', consumer, 'account'];
    const environments = environment.namesIn?.(account) ?? [];
    if (environments.length > 0) {
      report(
        where,
        'account-of-environment',
        `must be an account that no environment has (got ${account}, that of ${inWords(environments, 'and')}); ` +
          'write the role alone where it is of the environment’s own account: no environment reads secrets of another',
      );
    } else if (environment.lacksOrganization === true) {
      report(
        where,
        'organization-missing',
        `needs the id of the organisation that account ${account} must belong to; ` +
          `write fences: { organization: o-... } under environments.${environment.name} of organisation.yaml`,
      );
    }
  }
};

const checkTrustAnchors = ({ environment, consumers, report }: Scope): void => {
  if (environment?.account === undefined || environment.region === undefined) return;
  for (const [consumer, { trustAnchor }] of Object.entries(consumers)) {
    const [, region, account] = /^arn:[^:]+:rolesanywhere:([^:]+):([^:]+):/.exec(trustAnchor ?? '') ?? [];
    if (region === undefined || (region === environment.region && account === environment.account)) continue;
    report(
      ['consumers', consumer, 'trustAnchor'],
      'wrong-location',
      `must be in account ${environment.account} and region ${environment.region} of environment ${environment.name} ` +
        `(got account ${account}, region ${region}); write the id alone, or the ARN under overrides`,
    );
  }
};

const checkPermissionSets = ({ consumers, report }: Scope): void => {
  const seen = new Map<string, string>();
  for (const [consumer, { permissionSet }] of Object.entries(consumers)) {
    if (permissionSet === undefined) continue;
    const twin = seen.get(permissionSet);
    if (twin === undefined) seen.set(permissionSet, consumer);
    else {
      report(
        ['consumers', consumer, 'permissionSet'],
        'consumer-twice',
        `is the permission set of consumer ${twin} too (got ${permissionSet}); name one consumer for it`,
      );
    }
  }
};
