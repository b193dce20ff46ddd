/** Policies as the services answer them. */
import { isRecord } from '../service-call.ts';

/** Nothing if there is no policy, or an empty one. */
export const parsePolicy = (text: string | undefined): unknown => {
  if (text === undefined || text === '') return undefined;
  const policy: unknown = JSON.parse(text);
  return isRecord(policy) && Object.keys(policy).length > 0 ? policy : undefined;
};
