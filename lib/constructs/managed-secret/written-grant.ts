/** CDK's `Grant` for statements that are in the policies of Strongroom. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Grant, type IGrantable, type IPrincipal } from 'aws-cdk-lib/aws-iam';
import type { ResourceEnvironment } from 'aws-cdk-lib';
import type { IDependable } from 'constructs';
import type { Statement } from '../../reader-policies/reader-policy.ts';

/**
 * A grant by statements of the grantee's own policy.
 *
 * @param policies - what has the statements, and the secret's policy.
 */
export const grantOfPrincipal = (
  { grantPrincipal }: IGrantable,
  statements: readonly Statement[],
  policies: IDependable,
): Grant => {
  const written: IPrincipal = {
    grantPrincipal,
    assumeRoleAction: grantPrincipal.assumeRoleAction,
    policyFragment: grantPrincipal.policyFragment,
    addToPrincipalPolicy: () => ({ statementAdded: true, policyDependable: policies }),
  };
  return statements
    .map(({ Action, Resource, Condition }) =>
      Grant.addToPrincipal({
        grantee: { grantPrincipal: written },
        actions: [...Action],
        resourceArns: [...Resource],
        ...(Condition && { conditions: Condition }),
      }),
    )
    .reduce((all, one) => all.combine(one));
};

/** A grant by the secret's policy: the grantee's own policy is deployed by others. */
export const grantOfResource = (
  grantee: IGrantable,
  statement: PolicyStatement,
  env: ResourceEnvironment,
  policies: IDependable,
): Grant =>
  Grant.addStatementToResourcePolicy({
    grantee,
    actions: statement.actions,
    resourceArns: statement.resources,
    statement,
    resource: { env, addToResourcePolicy: () => ({ statementAdded: true, policyDependable: policies }) },
  });
