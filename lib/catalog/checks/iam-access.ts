/** Checks a database that consumers log in to with IAM: there is no secret, so nothing of one stands beside it. */
import { enginesWithIamLogin } from '../../contract/index.ts';
import { inWords } from '../schema/expectation.ts';
import { isProxy } from './host.ts';
import type { DatabaseScope } from './scope.ts';

export const checkIamAccess = (scope: DatabaseScope): void => {
  const { path, engine, facts, report } = scope;
  if (!enginesWithIamLogin.includes(engine)) {
    report(
      [...path, 'access'],
      `can't be iam for ${facts.label}: RDS takes tokens of IAM for ${inWords(enginesWithIamLogin, 'and')} only; leave it out`,
    );
    return;
  }
  refuseSecretKeys(scope);
  checkEndpoint(scope);
  checkResourceId(scope);
  checkAccounts(scope);
};

const secretKeys = [
  'value',
  'sensitivity',
  'generate',
  'pendingReaders',
  'sharedWith',
  'replicas',
  'name',
  'adopt',
  'rotation',
  'exception',
  'tls',
  'readReplicas',
] as const;

const refuseSecretKeys = ({ path, secret, report }: DatabaseScope): void => {
  for (const key of secretKeys) {
    if (secret[key] === undefined) continue;
    const why =
      key === 'tls' || key === 'readReplicas'
        ? 'a token is taken over verified TLS only, by the one host that it is for'
        : 'there is no secret';
    report([...path, key], `must be left out with access: iam, because ${why}`, 'key');
  }
};

const checkEndpoint = ({ path, secret: { host }, report }: DatabaseScope): void => {
  if (typeof host !== 'object') return;
  report(
    [...path, 'host'],
    `must be a name with access: iam, for which the token is made (got ${host.rds ?? host.rdsCluster ?? 'a mapping'}); ` +
      'write the endpoint that RDS shows, such as orders.c1a2b3.eu-west-1.rds.amazonaws.com',
  );
};

const checkResourceId = ({ path, secret: { host, resourceId }, isBroken, report }: DatabaseScope): void => {
  const where = [...path, 'resourceId'];
  if (resourceId === undefined) {
    if (isBroken(where)) return;
    report(
      where,
      'is missing: with access: iam the right to connect names it; ' +
        'write the DbiResourceId, DbClusterResourceId or id of the proxy that RDS shows',
    );
  } else if (typeof host === 'string' && isProxy(host) !== resourceId.startsWith('prx-')) {
    const [kind, begins] = isProxy(host) ? ['a proxy', 'prx-'] : ['no proxy', 'db- or cluster-'];
    report(where, `must be that of host ${host}, which is ${kind} (got ${resourceId}); write the id with ${begins}`);
  }
};

/** No resource policy lets another account's role connect. */
const checkAccounts = ({ path, secret: { readers = [] }, consumers, report }: DatabaseScope): void => {
  for (const [index, reader] of readers.entries()) {
    const account = reader === undefined ? undefined : consumers[reader]?.account;
    if (account === undefined) continue;
    report(
      [...path, 'readers', index],
      `can't be of another account with access: iam (got ${reader}, of account ${account}); ` +
        'write a consumer with a role of the environment’s own account',
    );
  }
};
