/** Checks a rotation by a function of the organisation: where the function is, and whose role it has. */
import { partitionOf } from '../../model/role-arn.ts';
import type { Scope, SecretScope } from './scope.ts';

/** Whether the secret names a function of its own; one that lacks its role counts too. */
export const isCustom = ({ secret: { rotation } }: Pick<SecretScope, 'secret'>): boolean =>
  typeof rotation === 'object' && (rotation.function !== undefined || rotation.role !== undefined);

export const checkCustomRotation = (scope: SecretScope): void => {
  const { rotation } = scope.secret;
  if (typeof rotation !== 'object' || !isCustom(scope)) return;
  checkLocation(scope, rotation.function, rotation.role);
};

const checkLocation = (
  { path, environment, report }: SecretScope,
  functionArn: string | undefined,
  role: string | undefined,
): void => {
  const { account, region, name } = environment ?? {};
  if (account === undefined || region === undefined) return;
  const own = `arn:${partitionOf(region)}`;
  if (functionArn !== undefined && !functionArn.startsWith(`${own}:lambda:${region}:${account}:function:`)) {
    report(
      [...path, 'rotation', 'function'],
      'wrong-location',
      `must be in account ${account} and region ${region} of environment ${name} (got ${functionArn}); ` +
        'write the function of each environment under overrides',
    );
  } else if (functionArn?.includes(`:function:strongroom-${name}-`) === true) {
    report(
      [...path, 'rotation', 'function'],
      'function-of-strongroom',
      `is a function of Strongroom (got ${functionArn}); name one of your own`,
    );
  }
  if (role !== undefined && !role.startsWith(`${own}:iam::${account}:role/`)) {
    report(
      [...path, 'rotation', 'role'],
      'wrong-location',
      `must be in account ${account} of environment ${name} (got ${role}); write the role of each environment under overrides`,
    );
  }
};

/** A role with another part in the secrets would have the rights of both. */
export const checkRotationRoles = (
  { environment, consumers, secrets, report }: Scope,
  ownerOf: (role: string) => string | undefined,
): void => {
  if (environment === undefined) return;
  const roles = new Map<string, string>();
  for (const [secret, { rotation }] of Object.entries(secrets)) {
    const { role, function: functionArn } = typeof rotation === 'object' ? rotation : {};
    if (role === undefined) continue;
    const name = nameOf(role);
    if (functionArn !== undefined) {
      const unqualified = functionArn.split(':').slice(0, 7).join(':');
      const other = roles.get(unqualified) ?? role;
      roles.set(unqualified, other);
      if (other !== role) {
        report(
          ['secrets', secret, 'rotation', 'role'],
          'role-differs',
          `must be ${other}, as elsewhere in this file (got ${role}): a function has one role`,
        );
      }
    }
    const [consumer] =
      Object.entries(consumers).find(
        ([, one]) => one.role !== undefined && one.account === undefined && nameOf(one.role) === name,
      ) ?? [];
    const owner = consumer === undefined ? ownerOf(name) : `consumer ${consumer}`;
    if (owner === undefined) continue;
    report(
      ['secrets', secret, 'rotation', 'role'],
      'role-taken',
      `is the role of ${owner} too (got ${name}); give the function a role of its own`,
    );
  }
};

const nameOf = (role: string): string => role.slice(role.lastIndexOf('/') + 1);
