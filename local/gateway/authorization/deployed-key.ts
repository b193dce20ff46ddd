/** A KMS key with its policy, aliases and tags. */
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import type { EmulatorClients, Scope } from './emulator-clients.ts';
import { parsePolicy } from './policy-document.ts';

export interface DeployedKey {
  readonly arn: string;
  readonly account: string;
  readonly policy: unknown;
  readonly aliases: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

export const readKey = async (
  clients: EmulatorClients,
  { account, region }: Scope,
  id: string,
): Promise<DeployedKey | undefined> => {
  const kms = clients.of(KMSClient, { account, region });
  const described = await clients.ifFound(kms.send(new DescribeKeyCommand({ KeyId: id })));
  const { Arn: arn, KeyId: keyId } = described?.KeyMetadata ?? {};
  if (arn === undefined || keyId === undefined) return undefined;
  const [policy, aliases, tags] = await Promise.all([
    clients.ifFound(kms.send(new GetKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default' }))),
    kms.send(new ListAliasesCommand({ KeyId: keyId })),
    kms.send(new ListResourceTagsCommand({ KeyId: keyId })),
  ]);
  return {
    arn,
    account,
    policy: parsePolicy(policy?.Policy),
    aliases: (aliases.Aliases ?? []).flatMap(({ AliasName }) => AliasName ?? []),
    tags: Object.fromEntries((tags.Tags ?? []).map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue])),
  };
};
