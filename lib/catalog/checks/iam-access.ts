/** Checks a database that consumers log in to with IAM: its resource id, and that no reader is of another account. */
import { isProxy } from './host.ts';
import type { DatabaseScope } from './scope.ts';

export const checkIamAccess = (scope: DatabaseScope): void => {
  checkResourceId(scope);
  checkAccounts(scope);
};

const checkResourceId = ({ path, secret: { host, resourceId }, report }: DatabaseScope): void => {
  if (typeof host !== 'string' || resourceId === undefined) return;
  if (isProxy(host) === resourceId.startsWith('prx-')) return;
  const [kind, begins] = isProxy(host) ? ['a proxy', 'prx-'] : ['not a proxy', 'db- or cluster-'];
  report(
    [...path, 'resourceId'],
    'wrong-resource-id',
    `must be that of host ${host}, which is ${kind} (got ${resourceId}); write the id with ${begins}`,
  );
};

/** No resource policy lets another account's role connect. */
const checkAccounts = ({ path, secret: { readers = [] }, consumers, report }: DatabaseScope): void => {
  for (const [index, reader] of readers.entries()) {
    const account = reader === undefined ? undefined : consumers[reader]?.account;
    if (account === undefined) continue;
    report(
      [...path, 'readers', index],
      'reader-of-other-account',
      `can't be of another account with access: iam (got ${reader}, of account ${account}); ` +
        'write a consumer with a role of the environment’s own account',
    );
  }
};
