/** What `strongroom import` asks of AWS. `cli/adapters/inventory.ts` has the real one. No value is ever asked for. */
import type { OperatorAws } from './ports.ts';

/** Makes the clients for one region. */
export type ConnectInventory = (region: string) => Promise<Inventory>;

/** As of {@link OperatorAws}: every call is bounded in time, and failures are `CommandError`s. */
export interface Inventory extends Pick<OperatorAws, 'whoAmI' | 'close'> {
  /** Every secret that is not marked for deletion, by name. */
  find(selection: Selection): Promise<readonly ExistingSecret[]>;
}

/** Names and tags are compared with the case of their letters. */
export type Selection =
  { readonly prefix: string } | { readonly tag: { readonly key: string; readonly value: string } };

export interface ExistingSecret {
  /** With its six random characters. */
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** ARN of the KMS key that encrypts it; absent: AWS's own. */
  readonly keyArn?: string;
  /** The key that encrypts it, if that key no longer exists. */
  readonly missingKey?: string;
  /** Present if Secrets Manager rotates it. The role is absent if the caller can't look it up. */
  readonly rotation?: { readonly functionArn?: string; readonly roleArn?: string; readonly schedule?: string };
  /** Regions in which it has a replica. */
  readonly replicas: readonly string[];
  /** Region of the secret of which this one is a replica. */
  readonly primaryRegion?: string;
  /** The AWS service that made it and keeps it: `rds`. */
  readonly owningService?: string;
  /** Whether somebody has put a resource policy on it. */
  readonly hasPolicy: boolean;
  /** Day of the last read, UTC; absent: nobody has read it. */
  readonly lastReadAt?: Date;
}
