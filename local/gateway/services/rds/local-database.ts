/** A database on this machine, as it is registered with RDS, and as RDS returns it. */
import { z } from 'zod';

import type { Scope } from '../../service-call.ts';

const identifier = z.string().regex(/^[a-z](?!.*--)[a-z0-9-]{0,62}$/, 'lower-case letters, digits and single hyphens');
const port = z.number().int().min(1).max(65_535);

/** A database as `local/databases/` starts it. */
export const databaseSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/, 'twelve digits'),
  /** An instance, or an Aurora or DocumentDB cluster. */
  kind: z.enum(['instance', 'cluster']).default('instance'),
  /** RDS identifier: `orders`. */
  identifier,
  engine: z.enum(['postgres', 'mysql', 'mariadb', 'sqlserver-se', 'aurora-postgresql', 'aurora-mysql', 'docdb']),
  host: z.string().min(1),
  port,
  dbname: z.string().min(1),
  adminUser: z.string().min(1),
  adminPassword: z.string().min(1),
  /** Whether RDS keeps the admin's credential in a secret that it manages, as `manageMasterUserPassword` of the API. */
  manageMasterUserPassword: z.boolean(),
  /** Read replicas of an instance, readers of a cluster; those answer at the cluster's port. */
  readers: z.array(z.strictObject({ identifier, host: z.string().min(1), port })).default([]),
  /** Gives the master user of the real database another password: what RDS does after `ModifyDBInstance`. */
  setMasterPassword: z
    .custom<(password: string) => Promise<void>>((value) => typeof value === 'function', 'a function')
    .optional(),
  /** How long RDS takes for it, ms. */
  masterPasswordAfterMs: z.number().int().min(0).default(200),
});
export type LocalDatabase = z.input<typeof databaseSchema>;
export type CheckedDatabase = z.output<typeof databaseSchema>;

export interface RegisteredDatabase extends Scope {
  readonly database: CheckedDatabase;
  readonly arn: string;
  /** `db-…`, `cluster-…` */
  readonly resourceId: string;
  readonly createdAt: number;
  readonly masterSecret?: { readonly arn: string; readonly kmsKeyId: string };
  /** `true` from a change of the master password until it holds. */
  masterPasswordPending: boolean;
}
