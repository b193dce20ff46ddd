/** Requests on the caller's account, not on a secret or a key: who can make them. */
import type { AccountAction } from './actions.ts';
import type { Position, Principal } from './principals.ts';
import type { Decision } from './request.ts';

export interface AccountRequest {
  readonly principal: Principal;
  /** 12 digits. */
  readonly account: string;
  readonly action: AccountAction;
}

/** A principal that finds secrets by their tags can list them. The catalog gives no other principal such an action. */
export const decideForAccount = ({ principal, account, action }: AccountRequest): Decision => {
  if (principal.account !== account) return 'denied';
  const lists = action === 'secretsmanager:ListSecrets' && principal.positions.some(({ as }) => lister.has(as));
  return lists || principal.own === 'everything' ? 'allowed' : 'denied';
};

const lister: ReadonlySet<Position['as']> = new Set(['rotation function', 'operator', 'break-glass']);
