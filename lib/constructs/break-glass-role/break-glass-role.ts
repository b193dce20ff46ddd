/** The role for the day on which nothing else works: it reads and mends every secret of an environment. */
import { Duration } from 'aws-cdk-lib';
import {
  ArnPrincipal,
  CompositePrincipal,
  ManagedPolicy,
  PolicyStatement,
  Role,
  type IRole,
  type PrincipalBase,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { breakGlassRoleName } from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../policy/acknowledge.ts';
import { rotationFunctionsOf, secretsOf } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import {
  keysOfReplicas,
  replicateKeyActions,
  useKeyForSecrets,
  useKeysOfAdopted,
  useKeysOfReplicas,
} from '../key-usage.ts';
import { checkManagedPolicySize } from '../policy-size.ts';
import { mendActions, replicateActions } from '../secret-actions.ts';

export interface BreakGlassRoleProps {
  readonly environment: string;
  /**
   * ARNs of who may assume the role, at least one. A user needs a second factor; a role's sessions carry no trace of one,
   * so the identity provider behind the role has to ask for it.
   */
  readonly principals: readonly string[];
  readonly encryptionKeys: readonly IKey[];
  /**
   * ARNs of the keys of adopted secrets, whose own policies allow the role what else it needs.
   * @default - none
   */
  readonly adoptedKeyArns?: readonly string[];
  /**
   * Regions with replicas of the environment's secrets, which the role reads, promotes and mends.
   * @default - none
   */
  readonly replicaRegions?: readonly string[];
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

  constructor(scope: Construct, id: string, props: BreakGlassRoleProps) {
    super(scope, id);
    const { environment, principals, encryptionKeys, adoptedKeyArns = [], replicaRegions = [] } = props;
    const [first, ...others] = principals;
    if (first === undefined) {
      throw invalidProps(this, `Nobody may assume the break-glass role of ${environment}: name at least one principal`);
    }
    const role = new Role(this, 'Role', {
      roleName: breakGlassRoleName(environment),
      description: `Emergency access to every secret of ${environment}`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new CompositePrincipal(trusted(first), ...others.map(trusted)),
    });
    this.role = role;
    const secrets = secretsOf(this, environment);
    const replicas = replicaRegions.map((region) => secretsOf(this, environment, region));
    const functions = rotationFunctionsOf(this, environment);
    const policy = new ManagedPolicy(this, 'Policy', {
      description: `Emergency access to every secret of ${environment}`,
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: [...mendActions, ...(replicas.length > 0 ? replicateActions : [])],
          resources: [secrets, ...replicas],
        }),
        new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
        // `strongroom diagnose` and `repair` ask the function.
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functions] }),
        ...encryptionKeys.map((key) => useKeyForSecrets(this, key, keyActions, [secrets])),
        ...useKeysOfAdopted(this, adoptedKeyArns, keyActions),
        ...useKeysOfReplicas(this, environment, replicaRegions, ['kms:Decrypt', ...replicateKeyActions]),
      ],
    });
    this.node.addValidation({
      validate: () => checkManagedPolicySize(this, `break-glass role of ${environment}`, policy.document),
    });
    acknowledgeWildcards(policy, {
      ...Object.fromEntries(
        [secrets, ...replicas].map((arn) => [
          arn,
          'Emergency access is to every secret of the environment: which one is needed is not known before.',
        ]),
      ),
      [functions]: 'One function for each engine, which come and go with the catalog.',
      ...keysOfReplicas(this, replicaRegions),
      '*': 'ListSecrets has no resource-level permission.',
    });
  }
}

const keyActions = ['kms:Decrypt', 'kms:GenerateDataKey'] as const;

/**
 * Credentials of a role never say that there was a second factor, so the condition would lock every role out:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 */
const trusted = (arn: string): PrincipalBase =>
  arn.includes(':role/')
    ? new ArnPrincipal(arn)
    : new ArnPrincipal(arn).withConditions({ Bool: { 'aws:MultiFactorAuthPresent': 'true' } });
