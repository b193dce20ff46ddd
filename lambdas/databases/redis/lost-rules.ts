/** What a user may no longer do once it has the rules of another. */
import type { RevokedRight } from '../port.ts';
import type { AclUser } from './acl-user.ts';

/** By the words of the rules: what one has and the other lacks, and what is newly forbidden. */
export const lostRules = (before: AclUser, rules: readonly string[]): readonly RevokedRight[] => {
  const [had, has] = [whole(before.rules), whole(rules)];
  const lost = had.filter((rule) => !has.includes(rule) && !isRefusal(rule));
  const forbidden = has.filter((rule) => !had.includes(rule) && isRefusal(rule));
  return [...lost, ...forbidden].map((rule) => ({ username: before.name, ...named(rule) }));
};

/** A selector, in parentheses, is one rule. */
const whole = (words: readonly string[]): readonly string[] => words.join(' ').match(/\([^)]*\)|\S+/g) ?? [];

const isRefusal = (rule: string): boolean => /^(?:-|resetkeys$|resetchannels$|nocommands$)/.test(rule);

const named = (rule: string): Pick<RevokedRight, 'privilege' | 'object'> => {
  if (/^[+-]/.test(rule)) return { privilege: rule.slice(1), object: 'commands' };
  if (/^[~%]|^allkeys$|^resetkeys$/.test(rule)) return { privilege: 'access', object: `keys ${rule}` };
  if (/^&|^allchannels$|^resetchannels$/.test(rule)) return { privilege: 'access', object: `channels ${rule}` };
  return { privilege: 'rule', object: rule };
};
