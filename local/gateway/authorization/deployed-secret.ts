/** A secret with what decisions about it rest on: its policy, tags, key, rotation function and the versions' labels. */
import { DescribeSecretCommand, GetResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EmulatorClients, Scope } from './emulator-clients.ts';
import { parsePolicy } from './policy-document.ts';

export interface DeployedSecret {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly policy: unknown;
  readonly tags: Readonly<Record<string, string>>;
  /** A customer's key: id, ARN or alias. Absent: `alias/aws/secretsmanager`, which needs no permission. */
  readonly kmsKeyId?: string;
  readonly rotationLambdaArn?: string;
  /** Version ids by label. */
  readonly versions: Readonly<Record<string, string>>;
}

export const readSecret = async (
  clients: EmulatorClients,
  { account, region }: Scope,
  id: string,
): Promise<DeployedSecret | undefined> => {
  const client = clients.of(SecretsManagerClient, { account, region });
  const described = await clients.ifFound(client.send(new DescribeSecretCommand({ SecretId: id })));
  if (described?.ARN === undefined) return undefined;
  const policy = await clients.ifFound(client.send(new GetResourcePolicyCommand({ SecretId: described.ARN })));
  const versions: Record<string, string> = {};
  for (const [version, labels] of Object.entries(described.VersionIdsToStages ?? {})) {
    for (const label of labels) versions[label] = version;
  }
  const { KmsKeyId: kmsKeyId, RotationLambdaARN: rotationLambdaArn } = described;
  return {
    arn: described.ARN,
    account,
    region,
    policy: parsePolicy(policy?.ResourcePolicy),
    tags: Object.fromEntries((described.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
    ...(kmsKeyId !== undefined && !kmsKeyId.endsWith('alias/aws/secretsmanager') && { kmsKeyId }),
    ...(rotationLambdaArn !== undefined && { rotationLambdaArn }),
    versions,
  };
};
