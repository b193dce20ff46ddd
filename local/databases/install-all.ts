/** Downloads and builds every server that the tests start, so that no test waits for it. */
import { findChromium } from '../browser/chromium.ts';
import { buildFerretdb } from './ferretdb-build.ts';
import { findMariadb } from './mariadb.ts';
import { findMysql } from './mysql.ts';
import { findPgbouncer } from './pgbouncer.ts';
import { findPostgres } from './postgres-programs.ts';
import { findRedis } from './redis.ts';
import { installOpensearch } from '../siem/opensearch/install.ts';
import { buildCollector } from '../siem/otlp-collector/build.ts';

const tell = (what: string): void => {
  console.log(what);
};
await Promise.all([
  findMariadb(tell),
  findMysql(tell),
  findRedis.redis(tell),
  findRedis.valkey(tell),
  findPostgres(15, tell),
  findPostgres(18, tell),
  findPostgres('15 with pg_cron', tell),
  findPgbouncer('1.18', tell),
  findPgbouncer('1.24', tell),
  buildFerretdb({ onProgress: tell }),
  installOpensearch({ onProgress: tell }),
  buildCollector({ onProgress: tell }),
  findChromium({ onProgress: tell }),
]);
