/** What must be true of a server before its users are changed: it is the engine that the secret names, and no proxy of one. */
import { EngineError } from '../errors.ts';
import type { Dialect } from './dialect.ts';
import type { Session } from './session.ts';

/** @throws EngineError `engine-mismatch`, `proxy-endpoint`. */
export const examineServer = async (session: Session, dialect: Dialect): Promise<void> => {
  const [version] = await session.query<{ version: string }>('SELECT VERSION() AS version');
  // Word by word what a MySQL client asks first: ProxySQL answers this for itself.
  const [comment] = await session.query<Record<string, string>>('SELECT @@version_comment LIMIT 1');
  const said = [version?.version ?? '', Object.values(comment ?? {})[0] ?? ''];
  const proxy = proxyIn(said);
  if (proxy !== undefined) throw proxied(session, proxy);
  if (dialect.speaks(said[0] ?? '')) return;
  throw new EngineError(
    'engine-mismatch',
    `The secret is for ${dialect.engine}, and the server says that it is ${said[0]}: name the right engine in the catalog`,
    { retryable: false },
  );
};

/** Which proxy a server says that it is. */
export const proxyIn = (said: readonly string[]): string | undefined =>
  proxies.find(([pattern]) => said.some((text) => pattern.test(text)))?.[1];

const proxies: readonly (readonly [RegExp, string])[] = [
  [/proxysql/i, 'ProxySQL'],
  [/maxscale/i, 'MaxScale'],
  [/rds[-_ ]?proxy/i, 'RDS Proxy'],
  [/vitess/i, 'Vitess'],
  [/mysql[-_ ]?router/i, 'MySQL Router'],
];

const proxied = (session: Session, proxy: string): EngineError =>
  new EngineError(
    'proxy-endpoint',
    `The host of "${session.username}" is ${proxy}, which has logins of its own and may answer from a replica: name the database itself for the rotation`,
    { retryable: false },
  );
