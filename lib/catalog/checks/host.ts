/** Checks where a database is: a host that its engine runs at, the writer that rotations use, and TLS to it. */
import { hostOf } from '../schema/database.ts';
import type { Path } from '../messages/show-value.ts';
import { writerOf } from '../entries/writer.ts';
import { exceptionHint } from './exception-hint.ts';
import type { DatabaseScope } from './scope.ts';

export const checkHost = (scope: DatabaseScope): void => {
  refuseForeignRds(scope);
  refuseWhatRdsReports(scope);
  checkRotationHost(scope);
  refuseOtherEndpoints(scope);
  checkTls(scope);
  checkReplicas(scope);
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-endpoints.html */
export const isProxy = (host: string): boolean =>
  /(^|\.)proxy-[a-z0-9]+\.[a-z0-9-]+\.rds\.amazonaws\.com(\.cn)?$/i.test(host);

const isReaderEndpoint = (host: string): boolean =>
  /\.cluster-ro-[a-z0-9]+\.[a-z0-9-]+\.(rds|docdb)\.amazonaws\.com(\.cn)?$/i.test(host);

const refuseForeignRds = ({ path, secret, facts, report }: DatabaseScope): void => {
  const writer = writerOf(secret);
  for (const { at, host } of [{ at: [], host: secret.host }, ...(writer.at.length > 0 ? [writer] : [])]) {
    if (typeof host !== 'object') continue;
    const { rds, rdsCluster } = host;
    const where = [...path, ...at, 'host'];
    if (rds !== undefined && !facts.onRds) {
      const instead = facts.onRdsCluster ? '{ rdsCluster: IDENTIFIER }, or the host name' : 'the host name';
      report(
        where,
        'wrong-host',
        `can't be an RDS instance (got ${rds}): RDS runs no ${facts.label} so; write ${instead}`,
      );
    }
    if (rdsCluster !== undefined && !facts.onRdsCluster) {
      const instead = facts.onRds ? '{ rds: IDENTIFIER }, or the host name' : 'the host name';
      report(
        where,
        'wrong-host',
        `can't be an RDS cluster (got ${rdsCluster}): RDS runs no ${facts.label} so; write ${instead}`,
      );
    }
  }
};

const refuseWhatRdsReports = ({ path, secret, report }: DatabaseScope): void => {
  const { host, port, at } = writerOf(secret);
  if (typeof host !== 'object') return;
  const kind = [...at, 'host', host.rdsCluster === undefined ? 'rds' : 'rdsCluster'].join('.');
  if (port !== undefined) {
    report(
      [...path, ...at, 'port'],
      'key-not-possible',
      `must be left out (got ${port}): RDS reports the port of ${kind}`,
      'key',
    );
  }
  if (secret.readReplicas !== undefined) {
    report(
      [...path, 'readReplicas'],
      'key-not-possible',
      `must be left out: RDS reports the replicas of ${kind}`,
      'key',
    );
  }
  if (typeof secret.tls === 'object' && at.length === 0) {
    report(
      [...path, 'tls'],
      'key-not-possible',
      `must be left out: RDS reports the name of ${kind}, which its certificate has`,
      'key',
    );
  }
};

/** `rotation.host` is next to a name that applications connect to, and names another server. */
const checkRotationHost = ({ path, secret, facts, isBroken, report }: DatabaseScope): void => {
  const { rotation, host } = secret;
  if (typeof rotation !== 'object' || isBroken([...path, 'host'])) return;
  const where = [...path, 'rotation', 'host'];
  if (rotation.host === undefined) {
    if (rotation.port === undefined || isBroken(where)) return;
    const problem = `is the port of rotation.host, which is missing (got ${rotation.port}); write port next to host`;
    report([...path, 'rotation', 'port'], 'key-not-possible', problem, 'key');
  } else if (typeof host === 'object') {
    report(
      where,
      'key-not-possible',
      'must be left out, as host is on RDS, which reports the writer: applications and rotations connect there; ' +
        'if applications connect elsewhere, write that name as host',
      'key',
    );
  } else if (host !== undefined && typeof rotation.host === 'string') {
    const samePort = (rotation.port ?? facts.port) === (secret.port ?? facts.port);
    if (rotation.host.toLowerCase() !== host.toLowerCase() || !samePort) return;
    report(
      where,
      'key-not-possible',
      `must be left out (got ${rotation.host}): it is the host of applications, too`,
      'key',
    );
  }
};

/** What a change must not go through: a proxy has logins of its own, and a reader takes no change. */
const refuseOtherEndpoints = ({ path, secret, isBroken, report }: DatabaseScope): void => {
  const { readReplicas = [] } = secret;
  const { host, at: below } = writerOf(secret);
  const hosts = [
    ...(typeof host === 'string' && !isBroken([...path, 'rotation', 'host'])
      ? [{ at: [...path, ...below, 'host'], name: host, replica: false }]
      : []),
    ...readReplicas.flatMap((name, index) =>
      name === undefined ? [] : [{ at: [...path, 'readReplicas', index], name: hostOf(name), replica: true }],
    ),
  ];
  for (const { at, name, replica } of hosts) {
    if (isProxy(name)) {
      const instead = replica ? 'the replica itself' : 'the endpoint of the database itself, or { rds: IDENTIFIER }';
      report(
        at,
        'wrong-host',
        `must not be an endpoint of RDS Proxy (got ${name}): a proxy has logins of its own; write ${instead}` +
          (replica ? '' : apartFrom(below)),
      );
    } else if (isReaderEndpoint(name) && !replica) {
      report(
        at,
        'wrong-host',
        `must not be the reader endpoint of a cluster (got ${name}): replicas take no new password; ` +
          `write { rdsCluster: IDENTIFIER }, or the cluster’s endpoint${apartFrom(below)}`,
      );
    }
  }
};

/** What to write if applications continue to use the endpoint. */
const apartFrom = (below: Path): string =>
  below.length > 0 ? '' : '; if applications use this one, leave it, and write the database itself as rotation.host';

const checkTls = ({ path, secret, class: name, facts, isBroken, report }: DatabaseScope): void => {
  if (secret.tls !== 'disable') return;
  const where = [...path, 'tls'];
  if (facts.usersChangedBy === 'function-role') {
    report(where, 'tls-needed', `must not be disable for ${facts.label}: its users log in over TLS only; leave it out`);
  } else if (secret.exception === undefined && !isBroken([...path, 'exception'])) {
    report(
      where,
      'weaker-than-class',
      `is weaker than class ${name} asks (got disable): credential and data cross the network in the clear; ` +
        `leave it out, or write ${exceptionHint}`,
    );
  }
};

const checkReplicas = ({ path, secret: { readReplicas }, facts, report }: DatabaseScope): void => {
  if (readReplicas === undefined) return;
  const where = [...path, 'readReplicas'];
  if (facts.usersPerServer === true) {
    report(
      where,
      'key-not-possible',
      `must be left out: ${facts.label} does not replicate its users; write a secret for each server`,
      'key',
    );
    return;
  }
  const text = readReplicas.join(' ');
  if (text.length > 256) {
    report(
      where,
      'too-long',
      `makes a tag value of ${text.length} characters, and AWS allows 256; name fewer, or shorter names`,
    );
  }
};
