/** The resource policy of a secret: it grants nothing, and denies whatever the secret's declaration does not name. */
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** ARNs of IAM principals (`*` and `?` are wildcards), by what they may do with the secret. */
export interface SecretAccess {
  readonly readers: readonly string[];
  /** Role of the rotation function. */
  readonly rotator?: string;
  /** Who may put a value by hand; they can't read it back. */
  readonly writers: readonly string[];
  /** Who may start a rotation or cancel one. */
  readonly operators: readonly string[];
  /** Who may change the secret itself and this policy: the roles under which CloudFormation deploys. */
  readonly deployers: readonly string[];
  readonly breakGlass: string;
  /** The account's root user, who can always mend the policy. */
  readonly root: string;
}

/**
 * Denies, so that a principal with `secretsmanager:*` in its own policy can do no more than a declared one.
 *
 * Deployers, the break-glass role and the root user keep control of the policy: nobody is locked out for good.
 */
export const accessPolicy = (access: SecretAccess): PolicyDocument => {
  const { readers, writers, operators, deployers, breakGlass, root } = access;
  const rotator = access.rotator === undefined ? [] : [access.rotator];
  return new PolicyDocument({
    statements: [
      denyAllBut('ReadByDeclaredReaders', ['secretsmanager:GetSecretValue'], [...readers, ...rotator, breakGlass]),
      denyAllBut(
        'WriteByRotationOrWriters',
        ['secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecretVersionStage'],
        [...rotator, ...writers, breakGlass],
      ),
      denyAllBut(
        'RotateByDeployersOrOperators',
        ['secretsmanager:CancelRotateSecret', 'secretsmanager:RotateSecret'],
        [...deployers, ...operators, breakGlass],
      ),
      denyAllBut(
        'ChangeByDeployers',
        [
          'secretsmanager:DeleteSecret',
          'secretsmanager:RemoveRegionsFromReplication',
          'secretsmanager:ReplicateSecretToRegions',
          'secretsmanager:RestoreSecret',
          'secretsmanager:StopReplicationToReplica',
          'secretsmanager:TagResource',
          'secretsmanager:UntagResource',
          'secretsmanager:UpdateSecret',
        ],
        [...deployers, breakGlass],
      ),
      denyAllBut(
        'GovernByDeployers',
        ['secretsmanager:DeleteResourcePolicy', 'secretsmanager:PutResourcePolicy'],
        [...deployers, breakGlass, root],
      ),
    ],
  });
};

/** `aws:PrincipalArn` is the role's ARN for each of its sessions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn */
const denyAllBut = (sid: string, actions: string[], principals: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions,
    resources: ['*'],
    conditions: { ArnNotLike: { 'aws:PrincipalArn': [...new Set(principals)] } },
  });
