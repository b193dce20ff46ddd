/** The role for the day on which nothing else works: it reads and mends every secret of an environment. */
import { Duration } from 'aws-cdk-lib';
import {
  ArnPrincipal,
  CompositePrincipal,
  ManagedPolicy,
  PolicyStatement,
  Role,
  type IRole,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { breakGlassRoleName } from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../policy/acknowledge.ts';
import { secretsOf } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import { useKeyForSecrets } from '../key-usage.ts';

export interface BreakGlassRoleProps {
  readonly environment: string;
  /** ARNs of the IAM users who may assume the role, each with a second factor. At least one. */
  readonly principals: readonly string[];
  readonly encryptionKeys: readonly IKey[];
}

/**
 * Each use of it is in the audit trail under the name of who assumed it.
 *
 * @example
 * new BreakGlassRole(stack, 'BreakGlass', {
 *   environment: 'prod',
 *   principals: ['arn:aws:iam::444455556666:user/break-glass-1'],
 *   encryptionKeys: [key],
 * });
 */
export class BreakGlassRole extends Construct {
  readonly role: IRole;

  constructor(scope: Construct, id: string, { environment, principals, encryptionKeys }: BreakGlassRoleProps) {
    super(scope, id);
    const [first, ...others] = principals;
    if (first === undefined) {
      throw invalidProps(this, `Nobody may assume the break-glass role of ${environment}: name at least one principal`);
    }
    const role = new Role(this, 'Role', {
      roleName: breakGlassRoleName(environment),
      description: `Emergency access to every secret of ${environment}`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new CompositePrincipal(
        new ArnPrincipal(first),
        ...others.map((arn) => new ArnPrincipal(arn)),
      ).withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } }),
    });
    this.role = role;
    const secrets = secretsOf(this, environment);
    const policy = new ManagedPolicy(this, 'Policy', {
      description: `Emergency access to every secret of ${environment}`,
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: [
            'secretsmanager:CancelRotateSecret',
            'secretsmanager:DeleteResourcePolicy',
            'secretsmanager:DescribeSecret',
            'secretsmanager:GetResourcePolicy',
            'secretsmanager:GetSecretValue',
            'secretsmanager:ListSecretVersionIds',
            'secretsmanager:PutResourcePolicy',
            'secretsmanager:PutSecretValue',
            'secretsmanager:RestoreSecret',
            'secretsmanager:RotateSecret',
            'secretsmanager:TagResource',
            'secretsmanager:UntagResource',
            'secretsmanager:UpdateSecret',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          resources: [secrets],
        }),
        new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
        ...encryptionKeys.map((key) => useKeyForSecrets(this, key, ['kms:Decrypt', 'kms:GenerateDataKey'], [secrets])),
      ],
    });
    acknowledgeWildcards(policy, {
      [secrets]: 'Emergency access is to every secret of the environment: which one is needed is not known before.',
      '*': 'ListSecrets has no resource-level permission.',
    });
  }
}
