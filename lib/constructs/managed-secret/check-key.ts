/** A reader of another account needs the key, too: its policy is written by the construct of the key. */
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { letsDecrypt } from '../encryption-key/key-readers.ts';
import type { Reader } from './access-policy.ts';

interface KeySecret extends Construct {
  readonly secretName: string;
  readonly encryptionKey: IKey;
}

/** What is wrong with a reader: nothing, or one sentence. The keys of other apps are not known. */
export const checkKey = (secret: KeySecret, { arn, account }: Reader): string[] => {
  const { secretName, encryptionKey } = secret;
  if (account === undefined || letsDecrypt(secret, encryptionKey, arn, secretName) !== false) return [];
  return [
    `${arn} of account ${account} is granted ${secretName}, and the key of the secret does not let it decrypt: add its role ` +
      `to crossAccountReaders of the EncryptionKey, with ${secretName} in secrets`,
  ];
};
