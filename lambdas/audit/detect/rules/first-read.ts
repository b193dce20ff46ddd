/**
 * A principal that was seen for a week reads a secret that was read for a week, for the first time in 90 days. New principals
 * and new secrets are expected to be read for the first time.
 */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isRead } from './reads.ts';

const day = 86_400_000;
const remembered = 90 * day;
const settledAfter = 7 * day;

export const firstRead: Rule = async (event, { declared, state }) => {
  if (!isRead(event)) return undefined;
  const { arn } = event.principal;
  const known = await state.see(`reader#${arn}`, event.at, remembered);
  const secrets: string[] = [];
  for (const name of event.secrets) {
    const secret = declared.secret(name);
    // A rotation function reads each of its secrets when its day comes.
    if (!secret || declared.rotates(arn, secret)) continue;
    const secretKnown = await state.see(`read#${name}`, event.at, remembered);
    const before = await state.see(`read-by#${arn}#${name}`, event.at, remembered);
    if (!before && isSettled(known, event.at) && isSettled(secretKnown, event.at)) secrets.push(name);
  }
  if (secrets.length === 0) return undefined;
  return {
    group: arn,
    secrets,
    message: `${nameOf(event.principal)} read ${secrets.join(', ')} for the first time in 90 days`,
  };
};

const isSettled = (sighting: { readonly first: number } | undefined, at: number): boolean =>
  sighting !== undefined && at - sighting.first > settledAfter;
