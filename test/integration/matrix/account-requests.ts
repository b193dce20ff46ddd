/** Each action that is asked of the caller's account, as a request that changes nothing on which another one rests. */
import {
  ConnectCustomKeyStoreCommand,
  CreateCustomKeyStoreCommand,
  CreateKeyCommand,
  DeleteCustomKeyStoreCommand,
  DescribeCustomKeyStoresCommand,
  DisconnectCustomKeyStoreCommand,
  GenerateRandomCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeysCommand,
  ListRetirableGrantsCommand,
  UpdateCustomKeyStoreCommand,
} from '@aws-sdk/client-kms';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  GetRandomPasswordCommand,
  ListSecretsCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { AccountAction } from '../../../lib/access/actions.ts';

export interface AccountClients {
  readonly secrets: SecretsManagerClient;
  readonly kms: KMSClient;
}

const store = { CustomKeyStoreId: 'cks-0123456789abcdef0' };

export const accountRequests: Readonly<Record<AccountAction, (clients: AccountClients) => Promise<unknown>>> = {
  'secretsmanager:BatchGetSecretValue': ({ secrets }) =>
    secrets.send(new BatchGetSecretValueCommand({ Filters: [{ Key: 'name', Values: ['nothing-is-named-so'] }] })),
  // There is one of this name.
  'secretsmanager:CreateSecret': ({ secrets }) =>
    secrets.send(new CreateSecretCommand({ Name: 'legacy/token', SecretString: '{}' })),
  'secretsmanager:GetRandomPassword': ({ secrets }) => secrets.send(new GetRandomPasswordCommand({})),
  'secretsmanager:ListSecrets': ({ secrets }) => secrets.send(new ListSecretsCommand({ MaxResults: 1 })),
  'kms:ConnectCustomKeyStore': ({ kms }) => kms.send(new ConnectCustomKeyStoreCommand(store)),
  'kms:CreateCustomKeyStore': ({ kms }) =>
    kms.send(new CreateCustomKeyStoreCommand({ CustomKeyStoreName: 'matrix', CustomKeyStoreType: 'AWS_CLOUDHSM' })),
  // These two don't go together.
  'kms:CreateKey': ({ kms }) => kms.send(new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'ENCRYPT_DECRYPT' })),
  'kms:DeleteCustomKeyStore': ({ kms }) => kms.send(new DeleteCustomKeyStoreCommand(store)),
  'kms:DescribeCustomKeyStores': ({ kms }) => kms.send(new DescribeCustomKeyStoresCommand({})),
  'kms:DisconnectCustomKeyStore': ({ kms }) => kms.send(new DisconnectCustomKeyStoreCommand(store)),
  'kms:GenerateRandom': ({ kms }) => kms.send(new GenerateRandomCommand({ NumberOfBytes: 1 })),
  'kms:ListAliases': ({ kms }) => kms.send(new ListAliasesCommand({})),
  'kms:ListKeys': ({ kms }) => kms.send(new ListKeysCommand({})),
  'kms:ListRetirableGrants': ({ kms }) =>
    kms.send(new ListRetirableGrantsCommand({ RetiringPrincipal: 'arn:aws:iam::111122223333:role/operator' })),
  'kms:UpdateCustomKeyStore': ({ kms }) => kms.send(new UpdateCustomKeyStoreCommand(store)),
};
