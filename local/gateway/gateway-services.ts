/** Puts together what the gateway adds to the emulator: Secrets Manager, rotation, RDS, caches, CloudTrail and faults. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { MovableClock } from './clock.ts';
import { createCloudTrail, type CloudTrail } from './cloudtrail/cloud-trail.ts';
import { createBusFaults } from './cloudtrail/bus-faults.ts';
import { createDigestsRoute } from './cloudtrail/digests-route.ts';
import { createTrailApi } from './cloudtrail/trail-api.ts';
import { createFaultsRoute } from './faults/faults-route.ts';
import { createFaults, type Faults } from './faults/faults.ts';
import type { Authorize, Hooks } from './pipeline.ts';
import type { Forward, ServiceOverlay } from './request.ts';
import type { RetryPolicy } from './rotation/rotation-run.ts';
import { createSchedulesRoute } from './rotation/schedules-route.ts';
import type { Route } from './server.ts';
import { jsonCall } from './service-call.ts';
import { createElastiCache, type ElastiCache } from './services/elasticache/elasticache.ts';
import { createMemoryDb, type MemoryDb } from './services/memorydb/memorydb.ts';
import { createScheduledRules, type ScheduledRules } from './services/events/scheduled-rules.ts';
import { createRds, type Rds } from './services/rds/rds.ts';
import { createSecretsManager, type SecretsManager } from './services/secrets-manager/secrets-manager.ts';

export interface GatewayServices {
  readonly overlays: readonly ServiceOverlay[];
  readonly hooks: readonly Hooks[];
  readonly routes: readonly Route[];
  readonly rotations: Pick<SecretsManager, 'settled' | 'rotationFunctionArn'>;
  readonly rds: Pick<Rds, 'register'>;
  readonly elastiCache: Pick<ElastiCache, 'register'>;
  readonly memoryDb: Pick<MemoryDb, 'register'>;
  readonly cloudTrail: Pick<CloudTrail, 'records' | 'flush' | 'writeDigests'>;
  readonly scheduledRules: Pick<ScheduledRules, 'settled'>;
  readonly faults: Pick<Faults, 'inject' | 'waiting' | 'clear'>;
  /** Forgets everything, as after a reset of the emulator. */
  reset(): void;
  /** Ends what runs in the background. Call it while the emulator still answers. */
  close(): Promise<void>;
}

export interface GatewayServicesOptions {
  readonly forward: Forward;
  readonly authorize: Authorize;
  readonly clock: MovableClock;
  readonly region: string;
  /** Whose scheduled rules fire when the clock is moved. */
  readonly accounts: readonly string[];
  /** What the emulator sends when it reports a resource that CloudFormation created. */
  readonly emulatorToken: string;
  /** Called with what fails in the background. */
  readonly onError: (error: unknown) => void;
  /** How a failed rotation is retried. @default 5 attempts, about 15 s in all */
  readonly retry?: RetryPolicy;
}

/** A step that runs is waited for no longer than this: its function may run for a quarter of an hour. */
const closeTimeoutMs = 2000;

export const createGatewayServices = (options: GatewayServicesOptions): GatewayServices => {
  const { forward, authorize, clock, region, accounts, emulatorToken, retry } = options;
  let closed = false;
  // What outlives the close, such as an invocation that hangs, fails when the emulator ends: that is expected.
  const onError = (error: unknown): void => {
    if (!closed) options.onError(error);
  };
  const faults = createFaults();
  const cloudTrail = createCloudTrail({ forward, authorize, clock, onError, busFaults: createBusFaults(faults) });
  const secretsManager = createSecretsManager({
    forward,
    authorize,
    invoke: faults.on(forward),
    clock,
    onError,
    recordRotation: (event) => {
      cloudTrail.recordRotation(event);
    },
    recordDeletion: (event) => {
      cloudTrail.recordDeletion(event);
    },
    recordLabelMoved: (event) => {
      cloudTrail.recordLabelMoved(event);
    },
    recordKeyUse: (request, use) => {
      cloudTrail.recordKeyUse(request, use);
    },
    isStaleRead: (request) => faults.isStaleRead(request),
    ...(retry && { retry }),
  });
  const rds = createRds({ region, forward, secretsManager, now: () => clock.now(), onError });
  const scheduledRules = createScheduledRules({ forward, authorize, clock, region, accounts, onError });
  const elastiCache = createElastiCache({ onError });
  const memoryDb = createMemoryDb({ onError });
  return {
    overlays: [secretsManager, rds, elastiCache, memoryDb, createTrailApi(cloudTrail)],
    hooks: [faults.hooks, cloudTrail.hooks],
    routes: [
      createFaultsRoute(faults),
      createDigestsRoute(cloudTrail, onError),
      createSchedulesRoute(
        {
          schedule: (input) => {
            secretsManager.schedule(input);
          },
          cancel: ({ secretId, ...scope }) => {
            const call = jsonCall(scope, 'cloudformation.amazonaws.com', 'secretsmanager', 'CancelRotateSecret', {
              SecretId: secretId,
            });
            secretsManager.handle(call, forward).catch(onError);
          },
        },
        emulatorToken,
      ),
    ],
    rotations: secretsManager,
    rds,
    elastiCache,
    memoryDb,
    cloudTrail,
    scheduledRules,
    faults,
    reset: () => {
      faults.clear();
      cloudTrail.reset();
      secretsManager.reset();
      rds.reset();
      scheduledRules.reset();
      elastiCache.reset();
      memoryDb.reset();
    },
    close: async () => {
      await Promise.race([
        Promise.all([secretsManager.close(), scheduledRules.close()]),
        sleep(closeTimeoutMs, undefined, { ref: false }),
      ]);
      await cloudTrail.close();
      elastiCache.reset();
      memoryDb.reset();
      closed = true;
    },
  };
};
