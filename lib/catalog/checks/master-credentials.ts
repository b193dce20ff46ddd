/** Checks over all applications that a master credential has one keeper: RDS itself, or a secret with strategy `admin`. */
import type { AnySecret } from '../schema/secret.ts';
import type { Remains } from '../source/structure.ts';
import { writerOf } from '../entries/writer.ts';
import type { Scope } from './scope.ts';

/** Which secret keeps the master credential of an RDS instance or cluster. */
export type MasterCredentials = Map<string, { readonly secret: string; readonly file: string }>;

/** Enters the secrets with strategy `admin`. */
export const claimMasterCredentials = (scope: Scope, masters: MasterCredentials, file: string): void => {
  for (const [secret, source] of Object.entries(scope.secrets)) {
    const { rotation } = source;
    const instance = instanceOf(scope, source);
    if (instance === undefined || typeof rotation !== 'object' || rotation.strategy !== 'admin') continue;
    masters.set(instance, { secret, file });
  }
};

/** Refuses RDS as keeper where a secret is it. Call it once all are claimed. */
export const checkMasterCredentials = (scope: Scope, masters: MasterCredentials): void => {
  for (const [name, source] of Object.entries(scope.secrets)) {
    const { rotation } = source;
    const keeper = masters.get(instanceOf(scope, source) ?? '');
    if (keeper === undefined || typeof rotation !== 'object' || typeof rotation.admin !== 'object') continue;
    const { secret, file } = keeper;
    if (secret === name) continue;
    scope.report(
      ['secrets', name, 'rotation', 'admin'],
      'master-credential-taken',
      `can't be managed by RDS: secret ${secret} of ${file} rotates this master credential (strategy: admin); ` +
        `write admin: ${secret} in that file, or take ${secret} out`,
    );
  }
};

const instanceOf = ({ environment }: Scope, secret: Remains<AnySecret>): string | undefined => {
  const { host } = writerOf(secret);
  if (typeof host !== 'object') return undefined;
  const { rds, rdsCluster } = host;
  if (rds === undefined && rdsCluster === undefined) return undefined;
  return [environment?.name, rds === undefined ? 'cluster' : 'instance', rds ?? rdsCluster].join(' ');
};
