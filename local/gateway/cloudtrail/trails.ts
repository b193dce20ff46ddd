/** The trails that were deployed: without one that logs, CloudTrail gives EventBridge and S3 nothing. */
import { z } from 'zod';

import type { Forward } from '../request.ts';
import { callJson, jsonCall, ServiceError, type Scope } from '../service-call.ts';

const principal = 'cloudtrail.amazonaws.com';

const trailSchema = z.looseObject({
  Name: z.string(),
  TrailARN: z.string(),
  S3BucketName: z.string(),
  S3KeyPrefix: z.string().nullish(),
  LogFileValidationEnabled: z.boolean().nullish(),
});
export type Trail = z.infer<typeof trailSchema>;

const trailListSchema = z.looseObject({ trailList: z.array(trailSchema) });

const selectorsSchema = z.looseObject({
  EventSelectors: z
    .array(
      z.looseObject({
        ReadWriteType: z.string().optional(),
        IncludeManagementEvents: z.boolean().optional(),
        ExcludeManagementEventSources: z.array(z.string()).optional(),
      }),
    )
    .nullish(),
});

export interface LoggingTrail extends Trail {
  /** Whether the trail takes management events of this source, reading or writing. */
  takes(event: { readonly eventSource: string; readonly readOnly: boolean }): boolean;
}

export interface Trails {
  /** Trails of the account that log events of the region now. */
  logging(scope: Scope): Promise<readonly LoggingTrail[]>;
  /** Trails were changed: they are looked up again. */
  forget(): void;
}

/** Trails change with a deployment, which works inside the emulator: they are looked up again after this long. */
const trailsAgeMs = 1000;

export const createTrails = (forward: Forward, now: () => number = Date.now): Trails => {
  const cache = new Map<string, { readonly at: number; readonly trails: readonly LoggingTrail[] }>();
  const call = (scope: Scope, operation: string, input: Record<string, unknown>) =>
    callJson(forward, jsonCall(scope, principal, 'cloudtrail', operation, input));

  const look = async (scope: Scope): Promise<readonly LoggingTrail[]> => {
    const { trailList } = trailListSchema.parse(await call(scope, 'DescribeTrails', {}));
    const trails = await Promise.all(trailList.map((trail) => lookAt(scope, trail)));
    return trails.filter((trail) => trail !== undefined);
  };

  const lookAt = async (scope: Scope, trail: Trail): Promise<LoggingTrail | undefined> => {
    try {
      const { IsLogging } = await call(scope, 'GetTrailStatus', { Name: trail.TrailARN });
      if (IsLogging !== true) return undefined;
      const selectors = selectorsSchema.parse(await call(scope, 'GetEventSelectors', { TrailName: trail.TrailARN }));
      return { ...trail, takes: (event) => selected(selectors.EventSelectors ?? undefined, event) };
    } catch (error) {
      // Its stack dropped it since it was listed.
      if (error instanceof ServiceError && error.code === 'TrailNotFoundException') return undefined;
      throw error;
    }
  };

  return {
    forget: () => {
      cache.clear();
    },
    logging: async (scope) => {
      const key = `${scope.account}/${scope.region}`;
      const cached = cache.get(key);
      if (cached && now() - cached.at < trailsAgeMs) return cached.trails;
      const trails = await look(scope);
      cache.set(key, { at: now(), trails });
      return trails;
    },
  };
};

/** A trail without selectors takes every management event. */
const selected = (
  selectors: z.infer<typeof selectorsSchema>['EventSelectors'] | undefined,
  event: { readonly eventSource: string; readonly readOnly: boolean },
): boolean =>
  selectors === undefined ||
  selectors === null ||
  selectors.some(
    ({ ReadWriteType = 'All', IncludeManagementEvents = true, ExcludeManagementEventSources = [] }) =>
      IncludeManagementEvents &&
      !ExcludeManagementEventSources.includes(event.eventSource) &&
      (ReadWriteType === 'All' || (ReadWriteType === 'ReadOnly') === event.readOnly),
  );
