/** What the hourly schedule of a stack asks of the function that watches rotations by functions of the organisation's own. */
export interface WatchRequest {
  readonly application: string;
  readonly secrets: readonly WatchedSecret[];
}

export interface WatchedSecret {
  readonly arn: string;
  /** The secret is overdue if its last successful rotation is older. Absent: the schedule has no fixed interval. */
  readonly overdueAfterHours?: number;
}
