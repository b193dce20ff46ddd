/** What the views read of an event of any class, in addition to their tables. */

export interface EventFacts {
  readonly class_uid: number;
  readonly activity_id: number;
  readonly status?: string;
  readonly status_code?: string;
  readonly resources?: readonly { readonly uid?: string; readonly name?: string; readonly type?: string }[];
  readonly metadata: { readonly log_provider?: string };
}

/** Classes of OCSF that the views tell apart. */
export const classes = { complianceFinding: 2003, detectionFinding: 2004, authentication: 3002, apiActivity: 6003 };

/** `event.outcome` and CIM's `status` have the same words. */
export const outcomeOf = ({ status }: EventFacts): 'success' | 'failure' | 'unknown' => {
  if (status === 'Success') return 'success';
  return status === 'Failure' ? 'failure' : 'unknown';
};

/** @param time - milliseconds since the epoch. */
export const isoTime = (time: unknown): string | undefined => {
  const date = new Date(Number(time));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
};
