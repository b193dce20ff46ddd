/** Tags of a secret by the contract: who owns it, what it is, and where its database is. */
import type { IConstruct } from 'constructs';
import type { AutomaticRotation, DatabaseTarget } from '../../catalog/model.ts';
import { adminManagedByRds, formatGrants, secretTag } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';

export type SecretTags = Readonly<Partial<Record<(typeof secretTag)[keyof typeof secretTag], string>>>;

/** Connection facts: tags and never part of the generated value, see `generated-value.ts`. */
export const databaseTags = ({ engine, host, port, dbname, username }: DatabaseTarget): SecretTags => ({
  [secretTag.engine]: engine,
  ...('rds' in host ? { [secretTag.rds]: host.rds } : { [secretTag.host]: host.name }),
  ...(port !== undefined && { [secretTag.port]: String(port) }),
  [secretTag.dbname]: dbname,
  [secretTag.username]: username,
});

/** What the rotation function has to know beside the connection. */
export const rotationTags = ({
  strategy,
  admin,
  provision,
}: Pick<AutomaticRotation, 'strategy' | 'admin' | 'provision'>): SecretTags => ({
  [secretTag.strategy]: strategy,
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
