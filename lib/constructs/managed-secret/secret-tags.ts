/** Tags of a secret by the contract: who owns it, what it is, and where its database is. */
import type { IConstruct } from 'constructs';
import type { AutomaticRotation, DatabaseTarget } from '../../catalog/model.ts';
import { adminManagedByRds, formatGrace, formatGrants, secretTag } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { ManagedSecretProps } from './managed-secret.ts';

export type SecretTags = Readonly<Partial<Record<(typeof secretTag)[keyof typeof secretTag], string>>>;

/** What a secret's declaration says of it. */
export const declaredTags = ({
  environment,
  application,
  name,
  sensitivity = 'standard',
  ...props
}: ManagedSecretProps): SecretTags => ({
  [secretTag.environment]: environment,
  [secretTag.application]: application,
  [secretTag.secret]: name,
  [secretTag.owner]: props.owner,
  [secretTag.contact]: props.contact,
  [secretTag.class]: props.class,
  [secretTag.sensitivity]: sensitivity,
  ...(props.adminFor && { [secretTag.adminFor]: props.adminFor }),
  ...(props.database && databaseTags(props.database)),
});

/** Connection facts: tags and never part of the generated value, see `generated-value.ts`. */
const databaseTags = (database: DatabaseTarget): SecretTags => {
  const { engine, host, port, dbname, username, userId, tls, readReplicas } = database;
  return {
    [secretTag.engine]: engine,
    ...hostTag(host),
    ...(port !== undefined && { [secretTag.port]: String(port) }),
    ...(dbname !== '' && { [secretTag.dbname]: dbname }),
    [secretTag.username]: username,
    ...(userId !== undefined && { [secretTag.userId]: userId }),
    ...(tls === 'disable' && { [secretTag.tls]: tls }),
    ...(typeof tls === 'object' && { [secretTag.tlsServerName]: tls.serverName }),
    ...(readReplicas && { [secretTag.readReplicas]: readReplicas.join(' ') }),
  };
};

const hostTag = (host: DatabaseTarget['host']): SecretTags => {
  if ('rds' in host) return { [secretTag.rds]: host.rds };
  return 'rdsCluster' in host ? { [secretTag.rdsCluster]: host.rdsCluster } : { [secretTag.host]: host.name };
};

/** What the rotation function has to know beside the connection. */
export const rotationTags = ({
  strategy,
  graceHours,
  admin,
  provision,
}: Pick<AutomaticRotation, 'strategy' | 'graceHours' | 'admin' | 'provision'>): SecretTags => ({
  [secretTag.strategy]: strategy,
  ...(graceHours !== undefined && { [secretTag.grace]: formatGrace(graceHours) }),
  ...(admin && { [secretTag.admin]: 'managedBy' in admin ? adminManagedByRds : admin.fullName }),
  ...(provision && { [secretTag.provision]: formatGrants(provision.grants) }),
});

/** Refuses what the service would refuse in the middle of a deployment. */
export const checkTags = (scope: IConstruct, tags: SecretTags): void => {
  for (const [key, value] of Object.entries(tags)) {
    if (!/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value)) {
      throw invalidProps(
        scope,
        `The tag ${key} can't be "${value}": write at most 256 letters, digits, spaces and _ . : / = + - @`,
      );
    }
  }
};
