/** The names of two users who take turns. */
import { alternateSuffix } from '../../../lib/contract/index.ts';

/** Whether two names are those of one pair. */
export const areTwins = (one: string, other: string): boolean =>
  one === `${other}${alternateSuffix}` || other === `${one}${alternateSuffix}`;

/** Whether a user is the one that the tags name, or the other one of its pair; if the tags name none, any user is. */
export const isOfSecret = (username: string, declared: string | undefined): boolean =>
  declared === undefined || username === declared || areTwins(username, declared);
