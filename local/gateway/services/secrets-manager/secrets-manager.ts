/** Secrets Manager as its API reference has it, on top of what the emulator does. */
import { randomUUID } from 'node:crypto';

import { z } from 'zod';

import type { MovableClock } from '../../clock.ts';
import type { Authorize } from '../../pipeline.ts';
import type { AwsRequest, AwsResponse, Forward, ServiceOverlay } from '../../request.ts';
import { createRotationFunction } from '../../rotation/rotation-function.ts';
import type { RetryPolicy, RotationOutcome, RotationServiceEvent } from '../../rotation/rotation-run.ts';
import { rotationRulesSchema } from '../../rotation/rotation-rules.ts';
import { createRotations } from '../../rotation/rotations.ts';
import { jsonResponse, ServiceError } from '../../service-call.ts';
import { createEmulatedSecrets, scopeOfSecret } from './emulated-secrets.ts';
import { listSecrets } from './list-secrets.ts';
import { updateSecretVersionStage } from './move-label.ts';
import { describeSecret, listSecretVersionIds } from './read-metadata.ts';
import { batchGetSecretValue, getSecretValue } from './read-value.ts';
import { cancelRotateSecret, rotate, rotateOnSchedule, rotateSecret } from './rotate-secret.ts';
import { createSecretLocks } from './secret-locks.ts';
import { createSecretRecords } from './secret-records.ts';
import type { DeletionEvent, KeyUse, LabelMoved, Output, SecretsContext } from './secrets-context.ts';
import { createSecret, deleteSecret, putSecretValue, restoreSecret, updateSecret } from './write-secret.ts';

export interface SecretsManager extends ServiceOverlay {
  readonly service: 'secretsmanager';
  /**
   * Takes the rotation schedule of a stack; checks and starts it in the background, for the emulator waits meanwhile.
   * @throws ZodError if the schedule has another shape than {@link rotationScheduleSchema}
   */
  schedule(schedule: unknown): void;
  /** The function that rotates a secret, where rotation was ever turned on. */
  rotationFunctionArn(secretArn: string): string | undefined;
  /** The outcome of a secret's last rotation, once none runs and no schedule is being taken. */
  settled(secretArn: string): Promise<RotationOutcome | undefined>;
  /** Forgets everything, as after a reset of the emulator. */
  reset(): void;
  close(): Promise<void>;
}

export interface SecretsManagerOptions {
  readonly forward: Forward;
  readonly authorize: Authorize;
  /** The way of a rotation function's invocations, on which faults may lie. @default `forward` */
  readonly invoke?: Forward;
  readonly clock: MovableClock;
  readonly recordRotation: (event: RotationServiceEvent) => void;
  readonly recordDeletion: (event: DeletionEvent) => void;
  readonly recordLabelMoved: (moved: LabelMoved) => void;
  readonly recordKeyUse: (request: AwsRequest, use: KeyUse) => void;
  /** @default no read is stale */
  readonly isStaleRead?: (request: AwsRequest) => boolean;
  /** Called with what fails in the background, never with a secret value. */
  readonly onError: (error: unknown) => void;
  /** @default 5 attempts, about 15 s in all */
  readonly retry?: RetryPolicy;
}

/** What `AWS::SecretsManager::RotationSchedule` asks for. */
export const rotationScheduleSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  /** Name or ARN. */
  secretId: z.string().min(1),
  rotationLambdaArn: z.string().startsWith('arn:').optional(),
  rotationRules: rotationRulesSchema.optional(),
  rotateImmediately: z.boolean().default(true),
});
export type RotationScheduleRequest = z.input<typeof rotationScheduleSchema>;

type Operation = (context: SecretsContext, request: AwsRequest) => Promise<Output>;

const operations: Readonly<Record<string, Operation>> = {
  BatchGetSecretValue: batchGetSecretValue,
  CancelRotateSecret: cancelRotateSecret,
  CreateSecret: createSecret,
  DeleteSecret: deleteSecret,
  DescribeSecret: describeSecret,
  GetSecretValue: getSecretValue,
  ListSecrets: listSecrets,
  ListSecretVersionIds: listSecretVersionIds,
  PutSecretValue: putSecretValue,
  RestoreSecret: restoreSecret,
  RotateSecret: rotateSecret,
  UpdateSecret: updateSecret,
  UpdateSecretVersionStage: updateSecretVersionStage,
};

export const createSecretsManager = (options: SecretsManagerOptions): SecretsManager => {
  const emulated = createEmulatedSecrets(options.forward);
  const records = createSecretRecords();
  const rotations = createRotations({
    clock: options.clock,
    function: createRotationFunction(options.forward, options.authorize, options.invoke),
    labelsOf: async (secret, versionId) =>
      (await emulated.versions({ ...secret, name: secret.arn })).get(versionId) ?? [],
    record: options.recordRotation,
    onDue: (arn) => rotateOnSchedule(context, scopeOfSecret(arn, { account: '', region: '' }), arn),
    onError: options.onError,
    ...(options.retry && { retry: options.retry }),
  });
  const context: SecretsContext = {
    emulated,
    records,
    rotations,
    locks: createSecretLocks(),
    clock: options.clock,
    recordKeyUse: options.recordKeyUse,
    recordDeletion: options.recordDeletion,
    recordLabelMoved: options.recordLabelMoved,
    isStaleRead: options.isStaleRead ?? (() => false),
  };
  return {
    service: 'secretsmanager',
    handle: (request, forward) => handle(context, request, forward),
    schedule: (schedule) => {
      const { account, region, secretId, ...rest } = rotationScheduleSchema.parse(schedule);
      rotations.background(async () => {
        const { ARN: arn } = await emulated.describe(scopeOfSecret(secretId, { account, region }), secretId);
        try {
          await rotate(
            context,
            { account, region },
            {
              secretId: arn,
              versionId: randomUUID(),
              immediately: rest.rotateImmediately,
              ...(rest.rotationLambdaArn !== undefined && { functionArn: rest.rotationLambdaArn }),
              ...(rest.rotationRules && { rules: rest.rotationRules }),
            },
          );
        } catch (error) {
          if (error instanceof ServiceError) rotations.refused(arn, `${error.code}: ${error.message}`);
          throw error;
        }
      });
    },
    rotationFunctionArn: (secretArn) => records.find(secretArn)?.rotation?.functionArn,
    settled: (secretArn) => rotations.settled(secretArn),
    reset: () => {
      rotations.reset();
      records.clear();
    },
    close: () => rotations.close(),
  };
};

const handle = async (context: SecretsContext, request: AwsRequest, forward: Forward): Promise<AwsResponse> => {
  const operation = operations[request.operation];
  return operation === undefined ? forward(request) : jsonResponse(await operation(context, request));
};
