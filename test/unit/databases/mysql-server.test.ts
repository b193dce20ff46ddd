import { expect, it } from 'vitest';
import { proxyIn } from '../../../lambdas/databases/mysql/server.ts';

it.each([
  [['8.0.35', '(ProxySQL)'], 'ProxySQL'],
  [['10.11.6-MariaDB-2501 MaxScale', 'MariaDB Server'], 'MaxScale'],
  [['8.0.30-Vitess', ''], 'Vitess'],
  [['8.0.40', 'MySQL Community Server - GPL'], undefined],
  [['8.0.mysql_aurora.3.08.0', '3.08.0'], undefined],
  [['10.11.10-MariaDB-log', 'managed by https://aws.amazon.com/rds/'], undefined],
])('a server that says %j is %s', (said, proxy) => {
  expect(proxyIn(said)).toBe(proxy);
});
