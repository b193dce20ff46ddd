/** Actions of Secrets Manager by who needs them. */
import { readActions } from '../reader-policies/reader-policy.ts';
import { pendingMarkPrefix } from '../contract/index.ts';

/** Of a declared reader, and of a rotation function on the secret of an admin. */
export { readActions };

/** Of a rotation function on the secrets that it rotates. */
export const rotateActions = [
  ...readActions,
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
] as const;

/** Of a rotation function on the secrets that it rotates, for its marks of what it wrote and no other tag. */
export const markActions = ['secretsmanager:TagResource', 'secretsmanager:UntagResource'] as const;

/** The keys of all those tags: a request without keys is not made. */
export const marksOnly = {
  Null: { 'aws:TagKeys': 'false' },
  'ForAllValues:StringLike': { 'aws:TagKeys': `${pendingMarkPrefix}*` },
} as const;

/** Of the function that starts the first rotation. */
export const startActions = ['secretsmanager:DescribeSecret', 'secretsmanager:RotateSecret'] as const;

/** It starts what the schedule says, and changes neither function nor schedule. */
export const asScheduled = {
  Null: { 'secretsmanager:RotationLambdaARN': 'true' },
  BoolIfExists: { 'secretsmanager:ModifyRotationRules': 'false' },
} as const;

/** Of an operator, who reads no value. */
export const operateActions = [
  'secretsmanager:CancelRotateSecret',
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetResourcePolicy',
  'secretsmanager:ListSecretVersionIds',
  'secretsmanager:PutSecretValue',
  'secretsmanager:RotateSecret',
] as const;

/** Of the break-glass role where secrets have replicas: to set a replica up again, and to make a secret of it. */
export const replicateActions = [
  'secretsmanager:RemoveRegionsFromReplication',
  'secretsmanager:ReplicateSecretToRegions',
  'secretsmanager:StopReplicationToReplica',
] as const;

/** Of the break-glass role. */
export const breakGlassActions = [
  'secretsmanager:CancelRotateSecret',
  'secretsmanager:DeleteResourcePolicy',
  'secretsmanager:DeleteSecret',
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
] as const;
