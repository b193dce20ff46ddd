/** People and deployers as constructs take them: a role, or a permission set of IAM Identity Center. */
import { Aws, Stack, Token } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { permissionSetArn } from '../model/role-arn.ts';

/** A permission set of IAM Identity Center, whose role in the stack's account has an end that nobody knows before. */
export interface PermissionSet {
  /** Its name, such as `IncidentCommander`. */
  readonly permissionSet: string;
}

export type RoleOrPermissionSet = IRole | PermissionSet;

export const isPermissionSet = (one: RoleOrPermissionSet): one is PermissionSet => 'permissionSet' in one;

/** The ARN of a role, and of a permission set its pattern. */
export const arnOf = (scope: Construct, one: RoleOrPermissionSet): string => {
  if (!isPermissionSet(one)) return one.roleArn;
  const { account, region } = Stack.of(scope);
  const arn = permissionSetArn({ account, region }, one.permissionSet);
  return Token.isUnresolved(region) ? arn.replace('arn:aws:', `arn:${Aws.PARTITION}:`) : arn;
};
