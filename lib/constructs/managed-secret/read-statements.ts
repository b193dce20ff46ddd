/** What a reader needs in its own policy: the very secret, and its key for this secret alone. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { useKeyForSecrets } from '../key-usage.ts';
import { readActions } from '../secret-actions.ts';
import type { ManagedSecret } from './managed-secret.ts';

export const readStatements = (scope: Construct, { secretArn, encryptionKey }: ManagedSecret): PolicyStatement[] => [
  new PolicyStatement({ actions: [...readActions], resources: [secretArn] }),
  useKeyForSecrets(scope, encryptionKey, ['kms:Decrypt'], [secretArn]),
];
