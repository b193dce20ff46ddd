/** One principal lists secrets, describes several and reads within ten minutes, in any region: someone looks around. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';

const window = { milliseconds: 10 * 60_000, members: 10 };
/** What is added is read below, by kind. */
const added = { ...window, members: 0 };
const fewDescribed = 3;

export const enumeration: Rule = async (event, { declared, state }) => {
  if (event.service !== 'secretsmanager') return undefined;
  const kind = kinds[event.operation];
  if (kind === undefined) return undefined;
  const { arn } = event.principal;
  const as = declared.role(arn)?.as;
  if (as === 'deployer' || as === 'platform' || as === 'rotation') return undefined;
  const members = event.secrets.length === 0 ? [''] : event.secrets;
  for (const member of members)
    await state.add(`enumeration-${kind}#${arn}`, `${event.region} ${member}`, event.at, added);
  const membersOf = (one: string) => state.membersOf(`enumeration-${one}#${arn}`, event.at, window);
  // Nearly no principal lists, and each read of every application comes here.
  if ((await membersOf('list')).length === 0) return undefined;
  const [described, read] = await Promise.all([membersOf('describe'), membersOf('get')]);
  if (read.length === 0 || described.length < fewDescribed) return undefined;
  const secrets = [...new Set(read.map((member) => member.split(' ')[1] ?? ''))].filter((name) => name !== '');
  return {
    group: arn,
    secrets,
    message: `${nameOf(event.principal)} listed secrets, described ${described.length} or more and read ${read.length} or more within 10 minutes`,
  };
};

const kinds: Readonly<Record<string, 'list' | 'describe' | 'get'>> = {
  ListSecrets: 'list',
  DescribeSecret: 'describe',
  GetResourcePolicy: 'describe',
  ListSecretVersionIds: 'describe',
  GetSecretValue: 'get',
};
