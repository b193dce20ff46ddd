/** Which changes need approval: those of a guarded environment, and those that reach into its account. */
import type { AccessChange } from '../../../lib/access/index.ts';
import type { Catalog } from '../../../lib/model/index.ts';
import { unknownName } from '../../catalog/catalog-names.ts';

export interface Guard {
  /** Whether a change that widens needs approval. */
  readonly covers: (change: AccessChange) => boolean;
  /** Guarded environments that the catalog no longer has: what is deployed of them stays, unguarded. */
  readonly gone: readonly string[];
}

/**
 * @param names - left out: names that begin with `prod`; if none does, every environment, since production has another name
 * @throws {@link UsageError} if neither catalog has an environment of such a name
 */
export const guardOf = (before: Catalog, now: Catalog, names: readonly string[] | undefined): Guard => {
  const isGuarded = guarded(
    [...now.environments, ...before.environments].map(({ name }) => name),
    names,
  );
  const [then, accounts] = [accountsOf(before), accountsOf(now)];
  const own = [...before.environments, ...now.environments].flatMap(({ name, applications }) =>
    applications.flatMap(({ secrets }) =>
      secrets.flatMap(({ adopted, fullName }) => (adopted ? [] : [{ environment: name, fullName }])),
    ),
  );
  /** `prod/payments/orders-db in eu-central-1` names a secret, too. */
  const isNamed = (environment: string, what: string): boolean =>
    what.startsWith(`${environment}/`) ||
    own.some((one) => one.environment === environment && `${what} `.startsWith(`${one.fullName} `));
  const guardedAccounts = new Set(
    [...then, ...accounts].filter(([name]) => isGuarded(name)).map(([, account]) => account),
  );
  return {
    covers: ({ environment, may, what }) => {
      if (isGuarded(environment)) return true;
      const account = accounts.get(environment);
      if (account === undefined || !guardedAccounts.has(account)) return false;
      // Its own names are its own. A server, a master credential or an adopted secret may be anybody's in the account.
      const isItsOwn = isNamed(environment, what) || may.includes('be assumed by');
      return then.get(environment) !== account || !isItsOwn;
    },
    gone: [...then.keys()].filter((name) => isGuarded(name) && !accounts.has(name)),
  };
};

const accountsOf = ({ environments }: Catalog): ReadonlyMap<string, string> =>
  new Map(environments.map(({ name, account }) => [name, account]));

const guarded = (environments: readonly string[], names: readonly string[] | undefined) => {
  const unknown = names?.find((name) => !environments.includes(name));
  if (unknown !== undefined) {
    const known = [...new Set(environments)];
    throw unknownName('--guard', 'environment', unknown, known);
  }
  const isProduction = (name: string): boolean => name.startsWith('prod');
  if (names) return (name: string): boolean => names.includes(name);
  return environments.some(isProduction) ? isProduction : (): boolean => true;
};
