/** Checks the request of the schedule, which the deployment wrote. */
import { CodedError, type WatchedSecret, type WatchRequest } from '../../../lib/contract/index.ts';

/** @throws CodedError `event-invalid` with the name of the field */
export const parseWatchRequest = (event: unknown): WatchRequest => {
  const { application, secrets, ...others } = recordOf(event, 'the event');
  refuseOthers(others);
  if (typeof application !== 'string' || application === '') throw invalid('application');
  if (!Array.isArray(secrets)) throw invalid('secrets');
  return { application, secrets: secrets.map(watchedSecret) };
};

const watchedSecret = (entry: unknown): WatchedSecret => {
  const { arn, overdueAfterHours, ...others } = recordOf(entry, 'secrets');
  refuseOthers(others);
  if (typeof arn !== 'string' || !arn.startsWith('arn:')) throw invalid('secrets.arn');
  if (overdueAfterHours === undefined) return { arn };
  if (typeof overdueAfterHours !== 'number' || !(overdueAfterHours > 0)) throw invalid('secrets.overdueAfterHours');
  return { arn, overdueAfterHours };
};

const recordOf = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what);
  return value as Record<string, unknown>;
};

const refuseOthers = (others: Record<string, unknown>): void => {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(unknown);
};

const invalid = (what: string): CodedError =>
  new CodedError('event-invalid', `${what} is not what the schedule of a watched secret sends`, { retryable: false });
