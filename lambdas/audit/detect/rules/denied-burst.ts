/** Many refused calls by one principal: somebody looks for what they can reach, or a deployment is wrong. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

const window = { milliseconds: 10 * 60_000, members: 10 };
/** An application that retries asks for the same secret again and again. */
const distinctSecrets = { milliseconds: 10 * 60_000, members: 5 };

export const deniedBurst: Rule = async (event, { state }) => {
  if (!event.denied) return undefined;
  const { arn } = event.principal;
  const calls = await state.add(`denied-burst#${arn}`, event.id, event.at, window);
  let secrets: readonly string[] = [];
  for (const name of event.secrets) {
    secrets = await state.add(`denied-burst-secrets#${arn}`, name, event.at, distinctSecrets);
  }
  if (calls.length < window.members && secrets.length < distinctSecrets.members) return undefined;
  return {
    group: arn,
    secrets: secrets.length > 0 ? secrets : event.secrets,
    events: calls,
    message: `${nameOf(event.principal)} was refused ${calls.length} or more calls within 10 minutes`,
    ...(secrets.length >= distinctSecrets.members && { severity: 'high' as const }),
  };
};
