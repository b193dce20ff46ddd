/** The emulator's own Secrets Manager, as far as the overlay builds on it. */
import { z } from 'zod';

import type { Forward } from '../../request.ts';
import { callJson, jsonCall, ServiceError, type Scope } from '../../service-call.ts';

const principal = 'secretsmanager.amazonaws.com';

const descriptionSchema = z.looseObject({
  ARN: z.string(),
  Name: z.string(),
  KmsKeyId: z.string().optional(),
  DeletedDate: z.number().optional(),
  Tags: z.array(z.looseObject({ Key: z.string(), Value: z.string().optional() })).optional(),
  VersionIdsToStages: z.record(z.string(), z.array(z.string())).optional(),
});
export type SecretDescription = z.infer<typeof descriptionSchema>;

const versionsSchema = z.looseObject({
  Versions: z.array(z.looseObject({ VersionId: z.string(), VersionStages: z.array(z.string()) })),
  NextToken: z.string().optional(),
});

const valueSchema = z.looseObject({
  ARN: z.string(),
  Name: z.string(),
  VersionId: z.string(),
  VersionStages: z.array(z.string()),
  SecretString: z.string().optional(),
  SecretBinary: z.string().optional(),
});
export type SecretVersionValue = z.infer<typeof valueSchema>;

/** A value as the API carries it; neither: a version without a value. */
export interface SecretValue {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

/** A secret, where it is. */
export interface SecretRef extends Scope {
  readonly arn: string;
  readonly name: string;
}

export interface EmulatedSecrets {
  call(scope: Scope, operation: string, input: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
  /** @throws ServiceError ResourceNotFoundException */
  describe(scope: Scope, secretId: string): Promise<SecretDescription>;
  /** Labels by version id, versions without a label included. */
  versions(secret: SecretRef): Promise<Map<string, readonly string[]>>;
  /** @throws ServiceError ResourceNotFoundException when there is no such version. */
  value(
    scope: Scope,
    input: { SecretId: string; VersionId?: string; VersionStage?: string },
  ): Promise<SecretVersionValue>;
  /** Writes a version under exactly these labels, also over an existing value. Never name AWSCURRENT here: label it afterwards. */
  writeVersion(secret: SecretRef, versionId: string, value: SecretValue, labels: readonly string[]): Promise<void>;
  moveLabel(
    secret: SecretRef,
    label: string,
    move: { from?: string | undefined; to?: string | undefined },
  ): Promise<void>;
}

export const createEmulatedSecrets = (forward: Forward): EmulatedSecrets => {
  const call: EmulatedSecrets['call'] = (scope, operation, input) =>
    callJson(forward, jsonCall(scope, principal, 'secretsmanager', operation, input));
  return {
    call,
    describe: async (scope, secretId) => {
      const description = descriptionSchema.parse(await call(scope, 'DescribeSecret', { SecretId: secretId }));
      assertNames(description.ARN, secretId);
      return description;
    },
    versions: async (secret) => {
      const labels = new Map<string, readonly string[]>();
      let token: string | undefined;
      do {
        const page = versionsSchema.parse(
          await call(secret, 'ListSecretVersionIds', {
            SecretId: secret.arn,
            IncludeDeprecated: true,
            ...(token !== undefined && { NextToken: token }),
          }),
        );
        for (const version of page.Versions) labels.set(version.VersionId, version.VersionStages);
        token = page.NextToken;
      } while (token !== undefined);
      return labels;
    },
    value: async (scope, input) => {
      const value = valueSchema.parse(await call(scope, 'GetSecretValue', input));
      assertNames(value.ARN, input.SecretId);
      return value;
    },
    writeVersion: async (secret, versionId, value, labels) => {
      await call(secret, 'PutSecretValue', {
        SecretId: secret.arn,
        ClientRequestToken: versionId,
        VersionStages: labels,
        ...value,
      });
    },
    moveLabel: async (secret, label, { from, to }) => {
      await call(secret, 'UpdateSecretVersionStage', {
        SecretId: secret.arn,
        VersionStage: label,
        ...(from !== undefined && { RemoveFromVersionId: from }),
        ...(to !== undefined && { MoveToVersionId: to }),
      });
    },
  };
};

export const secretNotFound = (): ServiceError =>
  new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");

/** Account and region of a secret: from its ARN, or from the caller if it is identified by name. */
export const scopeOfSecret = (secretId: string, caller: Scope): Scope => {
  const match = /^arn:[^:]+:secretsmanager:([^:]+):(\d{12}):secret:./.exec(secretId);
  const [, region, account] = match ?? [];
  return region !== undefined && account !== undefined ? { account, region } : caller;
};

/** The emulator finds a secret by any beginning of its ARN; the service by the whole ARN, or all but its suffix. */
const assertNames = (arn: string, secretId: string): void => {
  if (secretId.startsWith('arn:') && secretId !== arn && secretId !== arn.slice(0, -'-xxxxxx'.length)) {
    throw secretNotFound();
  }
};
