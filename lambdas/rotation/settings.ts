/** What the tags of a secret say about its rotation: the desired state, from the catalog. */
import {
  adminManagedByRds,
  parseGrants,
  secretTag,
  type DatabaseEngine,
  type Grants,
  type RotationStrategy,
} from '../../lib/contract/index.ts';
import type { SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';

export interface RotationSettings {
  readonly strategy: RotationStrategy;
  readonly engine?: DatabaseEngine;
  readonly host?: { readonly name: string } | { readonly rds: string };
  readonly port?: number;
  readonly dbname?: string;
  readonly username?: string;
  readonly admin?: { readonly managedBy: 'rds' } | { readonly secret: string };
  /** Present: the user is created where it does not exist, with these grants. */
  readonly provision?: Grants;
}

/**
 * Reads the tags; an imported secret without any has the defaults.
 *
 * @throws RotationError `tags-invalid`, naming the tag, its value and what it should be; `engine-mismatch`.
 */
export const readSettings = (
  { name, tags }: SecretDescription,
  { environment, engine: served }: { readonly environment: string; readonly engine: DatabaseEngine },
): RotationSettings => {
  const tag = (key: keyof typeof secretTag): string | undefined => tags[secretTag[key]];
  const refuse = (key: keyof typeof secretTag, expected: string): RotationError =>
    new RotationError(
      'tags-invalid',
      `Secret ${name}: tag ${secretTag[key]} is ${JSON.stringify(tag(key) ?? null)}; expected ${expected}`,
      { retryable: false },
    );

  const strategy = tag('strategy') ?? 'single-user';
  if (strategy !== 'single-user') throw refuse('strategy', 'single-user');
  const engine = tag('engine');
  if (engine !== undefined && engine !== served) {
    throw new RotationError(
      'engine-mismatch',
      `Secret ${name} is for engine ${JSON.stringify(engine)}, but this function rotates ${served}`,
      { retryable: false },
    );
  }

  const host = tag('host');
  const rds = tag('rds');
  if (host !== undefined && rds !== undefined) throw refuse('rds', `no value, as tag ${secretTag.host} is there too`);
  const port = tag('port');
  if (port !== undefined && !isPort(Number(port))) throw refuse('port', 'a number from 1 to 65535');

  const admin = tag('admin');
  if (admin === adminManagedByRds && rds === undefined) throw refuse('rds', 'the RDS instance that manages the admin');
  if (admin !== undefined && admin !== adminManagedByRds && !admin.startsWith(`${environment}/`)) {
    throw refuse('admin', `${adminManagedByRds}, or the name of a secret of environment ${environment}`);
  }
  const provision = tag('provision');
  const grants = provision === undefined ? undefined : parseGrants(provision);
  if (provision !== undefined && grants === undefined) {
    throw refuse('provision', 'a list such as "public=read-write audit=read-only"');
  }
  if (provision !== undefined && admin === undefined) throw refuse('admin', 'the admin that creates the user');

  const dbname = tag('dbname');
  const username = tag('username');
  return {
    strategy,
    ...(engine !== undefined && { engine: served }),
    ...(host !== undefined && { host: { name: host } }),
    ...(rds !== undefined && { host: { rds } }),
    ...(port !== undefined && { port: Number(port) }),
    ...(dbname !== undefined && { dbname }),
    ...(username !== undefined && { username }),
    ...(admin !== undefined && { admin: admin === adminManagedByRds ? { managedBy: 'rds' } : { secret: admin } }),
    ...(grants !== undefined && { provision: grants }),
  };
};

export const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
