/**
 * What Secrets Manager generates at a secret's creation: one constant block a class.
 *
 * A change of this block in a deployed template makes CloudFormation generate a NEW value over the live one
 * (aws/aws-cdk#19985). So no property reaches it: whatever a secret's props, the block of its class is the same, and a
 * test pins each of them. Never edit a block; give a new class a new one.
 */
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { SecretClass } from '../../catalog/model.ts';
import { generatedPasswordKey } from '../../contract/index.ts';

/** 256 bits as 64 hexadecimal digits. */
const key256: CfnSecret.GenerateSecretStringProperty = {
  passwordLength: 64,
  excludePunctuation: true,
  excludeUppercase: true,
  excludeCharacters: 'ghijklmnopqrstuvwxyz',
};

/** 48 letters and digits: 285 bits, and safe in headers, URLs and shells. */
const token: CfnSecret.GenerateSecretStringProperty = { passwordLength: 48, excludePunctuation: true };

/** The classes whose value a machine can generate; of the others somebody else issues the value. */
export const generatedValue: Readonly<Partial<Record<SecretClass, CfnSecret.GenerateSecretStringProperty>>> = {
  database: {
    secretStringTemplate: '{}',
    generateStringKey: generatedPasswordKey,
    passwordLength: 32,
    // Leaves `-._~`: what stays needs no quoting in a URI, a shell or JSON.
    excludeCharacters: ' !"#$%&\'()*+,/:;<=>?@[\\]^`{|}',
  },
  'api-key': token,
  generic: token,
  'signing-key': key256,
  'encryption-key': key256,
};
