/** The rule for what is asked of no secret and no key, but of the caller's account. */
import type { AccountAction } from './actions.ts';
import type { Position, Principal } from './principals.ts';
import type { Decision } from './request.ts';

export interface AccountRequest {
  readonly principal: Principal;
  /** 12 digits. */
  readonly account: string;
  readonly action: AccountAction;
}

/** Whoever finds secrets by their tags lists them, and nobody else gets such an action from the catalog. */
export const decideForAccount = ({ principal, account, action }: AccountRequest): Decision => {
  if (principal.account !== account) return 'denied';
  const lists = action === 'secretsmanager:ListSecrets' && principal.positions.some(({ as }) => lister.has(as));
  return lists || principal.own === 'everything' ? 'allowed' : 'denied';
};

const lister: ReadonlySet<Position['as']> = new Set(['rotation function', 'operator', 'break-glass']);
