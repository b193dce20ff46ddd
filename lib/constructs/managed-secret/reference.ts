/** How other constructs refer to a secret. */
import type { Grant } from 'aws-cdk-lib/aws-iam';
import { type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Secret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { closeGrants, secretGrants } from '../close-grants.ts';
import type { IManagedSecret } from './secret-interface.ts';

/** By the ARN of the role: what it has been granted. */
const grants = new WeakMap<IManagedSecret, Map<string, Grant>>();

/** Lets `ISecret.grantRead` know of a grant, for constructs that ask for it themselves, as containers of ECS do. */
export const rememberGrant = (secret: IManagedSecret, roleArn: string, grant: Grant): void => {
  const known = grants.get(secret) ?? new Map<string, Grant>();
  grants.set(secret, known.set(roleArn, grant));
};

/** The secret as `ISecret`: it can be referred to, and gives no access that the fences do not give. */
export const closedReference = (managed: IManagedSecret & Construct): ISecret => {
  const secret = Secret.fromSecretAttributes(managed, 'Reference', {
    secretCompleteArn: managed.secretArn,
    encryptionKey: managed.encryptionKey,
  });
  closeGrants(
    secret,
    secretGrants,
    `use grantRead, grantReadPending and grantRotate of the ManagedSecret ${managed.node.path}, and addSchedule of a rotation`,
  );
  const refuse = secret.grantRead.bind(secret);
  Object.defineProperty(secret, 'grantRead', {
    value: (grantee: IGrantable): Grant => {
      const { grantPrincipal } = grantee;
      const roleArn = 'roleArn' in grantPrincipal ? String(grantPrincipal.roleArn) : '';
      return grants.get(managed)?.get(roleArn) ?? refuse(grantee);
    },
  });
  return secret;
};

export const valueFrom = ({ secretArn }: Pick<IManagedSecret, 'secretArn'>, key?: string): string =>
  key === undefined ? secretArn : `${secretArn}:${key}::`;
