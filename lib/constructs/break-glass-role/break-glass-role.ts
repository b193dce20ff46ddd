/** The role for emergencies: it reads and repairs every secret of an environment. */
import { Duration, Stack, Token } from 'aws-cdk-lib';
import {
  AccountPrincipal,
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
import { secondFactorTag } from '../../reader-policies/handover.ts';
import { isPattern } from '../../model/role-arn.ts';
import { breakGlassRoleName } from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { contextsOf, rotationFunctionsOf, type SecretNames, secretsOf } from '../arns.ts';
import { closeGrants, roleGrants } from '../close-grants.ts';
import { invalidProps } from '../invalid-props.ts';
import {
  keysOfReplicas,
  replicateKeyActions,
  useKeyForSecrets,
  useKeysOfAdopted,
  useKeysOfReplicas,
} from '../key-usage.ts';
import { checkManagedPolicySize } from '../policy-size.ts';
import { arnOf, isPermissionSet, type RoleOrPermissionSet } from '../role-or-permission-set.ts';
import { breakGlassActions, replicateActions } from '../secret-actions.ts';

export interface BreakGlassRoleProps {
  readonly environment: string;
  /**
   * Who may assume it, at least one. Sessions of a role do not show a second factor, so the trust policy of the role must
   * require one. Sessions of a permission set need the tag `strongroom:mfa` with the value `true`.
   */
  readonly principals: readonly RoleOrPermissionSet[];
  readonly encryptionKeys: readonly IKey[];
  /**
   * How the environment's secrets are named. The policies of those with other names allow the role what it needs.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /**
   * The keys of adopted secrets, whose own policies allow the role what else it needs.
   * @default - none
   */
  readonly adoptedKeys?: readonly IKey[];
  /**
   * Regions with replicas of the environment's secrets, which the role reads, promotes and repairs.
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
 *   principals: [{ permissionSet: 'IncidentCommander' }],
 *   encryptionKeys: [key],
 * });
 */
export class BreakGlassRole extends Construct {
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: BreakGlassRoleProps) {
    super(scope, id);
    markOwnStack(this);
    const { environment, secretNames, principals, encryptionKeys, adoptedKeys = [], replicaRegions = [] } = props;
    const [first, ...others] = principals;
    if (first === undefined) {
      throw invalidProps(
        this,
        `No principal can assume the break-glass role of ${environment}: name at least one principal`,
      );
    }
    checkPrincipals(this, environment, principals);
    const role = new Role(this, 'Role', {
      roleName: breakGlassRoleName(environment),
      description: `Emergency access to every secret of ${environment}`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new CompositePrincipal(trusted(this, first), ...others.map((one) => trusted(this, one))),
    });
    this.role = closeGrants(role, roleGrants, 'principals says who may assume it, and its policy is complete');
    const secrets = secretsOf(this, environment, secretNames);
    const replicas = replicaRegions.flatMap((region) => secretsOf(this, environment, secretNames, region));
    const functions = rotationFunctionsOf(this, environment);
    const policy = new ManagedPolicy(this, 'Policy', {
      description: `Emergency access to every secret of ${environment}`,
      roles: [role],
      statements: [
        new PolicyStatement({
          actions: [...breakGlassActions, ...(replicas.length > 0 ? replicateActions : [])],
          resources: [...secrets, ...replicas],
        }),
        new PolicyStatement({ actions: ['secretsmanager:ListSecrets'], resources: ['*'] }),
        // `strongroom diagnose` and `repair` ask the function.
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functions] }),
        ...encryptionKeys.map((key) =>
          useKeyForSecrets(this, key, keyActions, contextsOf(this, environment, secretNames)),
        ),
        ...useKeysOfAdopted(this, adoptedKeys, keyActions),
        ...useKeysOfReplicas(this, environment, replicaRegions, ['kms:Decrypt', ...replicateKeyActions], secretNames),
      ],
    });
    this.node.addValidation({
      validate: () => checkManagedPolicySize(this, `break-glass role of ${environment}`, policy.document),
    });
    acknowledgeWildcards(policy, {
      ...Object.fromEntries(
        [...secrets, ...replicas].map((arn) => [
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

/** An imported role can have the ARN of anything. */
const checkPrincipals = (scope: Construct, environment: string, principals: readonly RoleOrPermissionSet[]): void => {
  const wrong = principals
    .map((one) => (isPermissionSet(one) ? '' : one.roleArn))
    .find((arn) => !Token.isUnresolved(arn) && (arn.includes(':user/') || isPattern(arn)));
  if (wrong === undefined) return;
  throw invalidProps(
    scope,
    wrong.includes(':user/')
      ? `An IAM user can't assume the break-glass role of ${environment} (got ${wrong}): name a role that people assume with a second factor`
      : `A pattern can't assume the break-glass role of ${environment} (got ${wrong}): name one role, or a permission set as { permissionSet: NAME }`,
  );
};

/** A trust policy can't name a pattern as its principal: so the account, and the pattern in a condition. */
const trusted = (scope: Construct, one: RoleOrPermissionSet): PrincipalBase =>
  isPermissionSet(one)
    ? new AccountPrincipal(Stack.of(scope).account).withConditions({
        ArnLike: { 'aws:PrincipalArn': arnOf(scope, one) },
        StringEquals: { [`aws:PrincipalTag/${secondFactorTag}`]: 'true' },
      })
    : new ArnPrincipal(one.roleArn);
