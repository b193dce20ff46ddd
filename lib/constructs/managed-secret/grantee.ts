/** Who is granted access to a secret: a role that the policies can name, or an error. */
import { Token } from 'aws-cdk-lib';
import { type IGrantable, type IPrincipal, type IRole, UnknownPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { invalidProps } from '../invalid-props.ts';

/**
 * The role of a grantee.
 *
 * @param secret - the construct of the secret.
 * @param name - of the secret.
 * @throws ValidationError for everything that is not a role of the secret's account whose policies this app may change
 */
export const roleOfGrantee = (
  secret: IConstruct & { readonly env: Env },
  name: string,
  grantee: IGrantable,
): RoleConstruct => {
  const { grantPrincipal } = grantee;
  const refuse = (problem: string): Error => invalidProps(secret, `${name} can't be granted to ${problem}`);
  if (!isRole(grantPrincipal)) throw refuse(problemOf(grantPrincipal));
  const roleName = grantPrincipal.node.path;
  const [own, its] = [secret.env.account, grantPrincipal.principalAccount ?? grantPrincipal.env.account];
  if (!Token.isUnresolved(own) && !Token.isUnresolved(its) && own !== its) {
    throw refuse(
      `${roleName}, a role of account ${its}: this app can't change its policies. Create a Consumer with role and ` +
        `account: '${its}', name the role in crossAccountReaders of the EncryptionKey, and grant the Consumer`,
    );
  }
  if (isImmutable(grantPrincipal)) {
    throw refuse(
      `${roleName}: the role is immutable, so this app can't change its policies. Grant the role without mutable: false ` +
        'and withoutPolicyUpdates, or create a Consumer with the role and grant the Consumer',
    );
  }
  return grantPrincipal;
};

interface Env {
  readonly account: string;
  readonly region: string;
}

export type RoleConstruct = IRole & Construct;

const isRole = (principal: IPrincipal): principal is RoleConstruct =>
  'roleArn' in principal && Construct.isConstruct(principal);

/** What CDK returns for `mutable: false`, `withoutPolicyUpdates` and roles of other accounts: it drops policies silently. */
const isImmutable = (role: IRole): boolean => 'addGrantsToResources' in role;

const problemOf = (principal: IPrincipal): string => {
  if (principal instanceof UnknownPrincipal) return 'a construct without a known role: pass its role';
  if ('userArn' in principal) return 'an IAM user: let the user assume a role, and grant the role';
  if ('groupArn' in principal) return 'an IAM group, which is not a principal of a policy: grant a role';
  if ('service' in principal && typeof principal.service === 'string') {
    return `the service ${principal.service}: a service reads under a role, so grant the role`;
  }
  return `${JSON.stringify(principal.policyFragment.principalJson)}: pass a role, such as Role.fromRoleArn, or a Consumer`;
};
