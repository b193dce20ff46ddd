/**
 * How far a resource policy opens a secret. The policy itself does not leave: this one word does, and it is all that the
 * detections need. What can't be read counts as open, since anyone who writes a policy chooses its form.
 */
import { isFields, type Fields } from './event-reader.ts';

export type PolicyReach =
  /** Nobody outside of the account is allowed anything. */
  | 'account'
  /** A principal of another account, or anyone under a condition. */
  | 'other-account'
  /** Anyone, without a condition. */
  | 'public'
  /** It is not a policy that can be read. */
  | 'unreadable';

const order: readonly PolicyReach[] = ['account', 'unreadable', 'other-account', 'public'];

export const policyReach = (policy: string, account: string): PolicyReach => {
  const statements = statementsOf(policy);
  if (statements === undefined) return 'unreadable';
  return statements.map((statement) => reachOf(statement, account)).reduce(wider, 'account');
};

const wider = (one: PolicyReach, other: PolicyReach): PolicyReach =>
  order.indexOf(other) > order.indexOf(one) ? other : one;

const statementsOf = (policy: string): readonly unknown[] | undefined => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(policy);
  } catch {
    // The parser's own message quotes the policy.
    return undefined;
  }
  if (!isFields(parsed)) return undefined;
  const statement = parsed['Statement'];
  return Array.isArray(statement) ? statement : isFields(statement) ? [statement] : undefined;
};

const reachOf = (statement: unknown, account: string): PolicyReach => {
  if (!isFields(statement)) return 'unreadable';
  if (statement['Effect'] === 'Deny') return 'account';
  // Everyone but those named.
  if (statement['NotPrincipal'] !== undefined) return 'public';
  const principals = principalsOf(statement['Principal']);
  if (principals === undefined) return 'unreadable';
  if (principals.includes('*')) return isConditional(statement) ? 'other-account' : 'public';
  return principals.every((principal) => accountOf(principal) === account) ? 'account' : 'other-account';
};

const isConditional = (statement: Fields): boolean => {
  const condition = statement['Condition'];
  return isFields(condition) && Object.keys(condition).length > 0;
};

/** ARNs and accounts. An AWS service acts for the account, by the conditions that its statement has. */
const principalsOf = (principal: unknown): readonly string[] | undefined => {
  if (typeof principal === 'string') return [principal];
  if (!isFields(principal)) return undefined;
  const { Service: _, ...others } = principal;
  const named = Object.values(others).flat();
  return named.every((one): one is string => typeof one === 'string') ? named : undefined;
};

/** An account by itself, or in an ARN. A principal that was deleted is an id: it belongs to no one. */
const accountOf = (principal: string): string | undefined =>
  /^\d{12}$/.test(principal) ? principal : principal.split(':')[4];
