/** Real database servers for tests and for the laptop: each on a free loopback port, TLS only, ended with its owner. */
export type { LocalServer, StartServerOptions } from './local-server.ts';
export { startMariadb } from './mariadb.ts';
export { startMongo, type LocalMongo, type StartMongoOptions } from './mongo.ts';
export { startMysql, type LocalMysql, type StartMysqlOptions } from './mysql.ts';
export {
  startPostgres,
  startPostgresReplica,
  type LocalPostgres,
  type LocalPostgresReplica,
  type StartPostgresOptions,
} from './postgres.ts';
export { startRedis, type LocalRedis, type StartRedisOptions } from './redis.ts';
