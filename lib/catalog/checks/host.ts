/** Checks where a database is: a place that its engine runs at, the writer itself, and TLS to it. */
import { hostOf } from '../schema/database.ts';
import { exceptionHint } from './exception-hint.ts';
import type { DatabaseScope } from './scope.ts';

export const checkHost = (scope: DatabaseScope): void => {
  refuseForeignRds(scope);
  refuseWhatRdsTells(scope);
  refuseOtherEndpoints(scope);
  checkTls(scope);
  checkReplicas(scope);
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-endpoints.html */
export const isProxy = (host: string): boolean =>
  /(^|\.)proxy-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(\.cn)?$/i.test(host);

const isReaderEndpoint = (host: string): boolean =>
  /\.cluster-ro-[a-z0-9]+\.[a-z0-9-]+\.(rds|docdb)\.amazonaws\.com(\.cn)?$/i.test(host);

const refuseForeignRds = ({ path, secret: { host }, facts, report }: DatabaseScope): void => {
  if (typeof host !== 'object') return;
  const { rds, rdsCluster } = host;
  if (rds !== undefined && !facts.onRds) {
    const instead = facts.onRdsCluster ? '{ rdsCluster: IDENTIFIER }, or the host name' : 'the host name';
    report([...path, 'host'], `can't be an RDS instance (got ${rds}): RDS runs no ${facts.label} so; write ${instead}`);
  }
  if (rdsCluster !== undefined && !facts.onRdsCluster) {
    const instead = facts.onRds ? '{ rds: IDENTIFIER }, or the host name' : 'the host name';
    report(
      [...path, 'host'],
      `can't be an RDS cluster (got ${rdsCluster}): RDS runs no ${facts.label} so; write ${instead}`,
    );
  }
};

const refuseWhatRdsTells = ({ path, secret, report }: DatabaseScope): void => {
  if (typeof secret.host !== 'object') return;
  const kind = secret.host.rdsCluster === undefined ? 'rds' : 'rdsCluster';
  if (secret.port !== undefined) {
    report([...path, 'port'], `must be left out (got ${secret.port}): RDS tells the port of host.${kind}`, 'key');
  }
  if (secret.readReplicas !== undefined) {
    report([...path, 'readReplicas'], `must be left out: RDS tells the replicas of host.${kind}`, 'key');
  }
  if (typeof secret.tls === 'object') {
    report([...path, 'tls'], `must be left out: RDS tells the name of host.${kind}, which its certificate has`, 'key');
  }
};

/** What a change must not go through: a proxy has logins of its own, and a reader takes no change. */
const refuseOtherEndpoints = ({ path, secret: { host, readReplicas = [] }, report }: DatabaseScope): void => {
  const hosts = [
    ...(typeof host === 'string' ? [{ at: [...path, 'host'], name: host, replica: false }] : []),
    ...readReplicas.flatMap((name, index) =>
      name === undefined ? [] : [{ at: [...path, 'readReplicas', index], name: hostOf(name), replica: true }],
    ),
  ];
  for (const { at, name, replica } of hosts) {
    if (isProxy(name)) {
      const instead = replica ? 'the replica itself' : 'the endpoint of the database itself, or { rds: IDENTIFIER }';
      report(at, `must not be an endpoint of RDS Proxy (got ${name}): a proxy has logins of its own; write ${instead}`);
    } else if (isReaderEndpoint(name) && !replica) {
      report(
        at,
        `must not be the reader endpoint of a cluster (got ${name}): replicas take no new password; ` +
          'write { rdsCluster: IDENTIFIER }, or the cluster’s endpoint',
      );
    }
  }
};

const checkTls = ({ path, secret, class: name, facts, isBroken, report }: DatabaseScope): void => {
  if (secret.tls !== 'disable') return;
  const where = [...path, 'tls'];
  if (facts.usersChangedBy === 'function-role') {
    report(where, `must not be disable for ${facts.label}: its users log in over TLS only; leave it out`);
  } else if (secret.exception === undefined && !isBroken([...path, 'exception'])) {
    report(
      where,
      `is weaker than class ${name} asks (got disable): credential and data cross the network in the clear; ` +
        `leave it out, or write ${exceptionHint}`,
    );
  }
};

const checkReplicas = ({ path, engine, secret: { readReplicas }, facts, report }: DatabaseScope): void => {
  if (readReplicas === undefined) return;
  const where = [...path, 'readReplicas'];
  if (engine === 'redis') {
    report(
      where,
      `must be left out: ${facts.label} does not replicate its users; write a secret for each server`,
      'key',
    );
    return;
  }
  const text = readReplicas.join(' ');
  if (text.length > 256) {
    report(where, `makes a tag value of ${text.length} characters, and AWS allows 256; name fewer, or shorter names`);
  }
};
