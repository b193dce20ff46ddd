/**
 * What Secrets Manager generates at a secret's creation: one constant block a class.
 *
 * A change of this block in a deployed template makes CloudFormation generate a NEW value over the live one
 * (aws/aws-cdk#19985). So no property reaches it: whatever a secret's props, the block of its class is the same, and a
 * test pins each of them. Never edit a block; give a new class a new one.
 */
import type { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { digits, lowerCase, punctuation, upperCase } from '../../model/generated-text.ts';
import type { GeneratedShape } from '../../model/catalog.ts';
import { generatedPasswordKey, type SecretClass } from '../../contract/index.ts';

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

/**
 * The block of a secret that says itself what is generated. The order in which its template is written is not part of it;
 * every other change is refused by `strongroom deploy-plan`.
 */
export const generatedBlock = ({ json, length, exclude }: GeneratedShape): CfnSecret.GenerateSecretStringProperty => {
  const covers = (characters: string): boolean =>
    characters.split('').every((character) => exclude.includes(character));
  return {
    ...(json && {
      secretStringTemplate: JSON.stringify(
        Object.fromEntries(Object.entries(json.template).sort(([a], [b]) => (a < b ? -1 : 1))),
      ),
      generateStringKey: json.key,
    }),
    passwordLength: length,
    excludeCharacters: exclude,
    // One character of each kind is asked for, of those kinds that are not excluded as a whole.
    ...(covers(punctuation) && { excludePunctuation: true }),
    ...(covers(upperCase) && { excludeUppercase: true }),
    ...(covers(lowerCase) && { excludeLowercase: true }),
    ...(covers(digits) && { excludeNumbers: true }),
  };
};
