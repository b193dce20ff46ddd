/** Where rotations begin: what is in the secret, in its tags, and in the database. */
import { secretTag } from '../../lib/contract/index.ts';
import type { LoginBarrier } from '../../lambdas/databases/port.ts';
import type { NewUser } from '../_helpers/database-model.ts';
import { adminSecretName, type Parts, type Scenario } from './world.ts';

const host = 'db.internal';
const port = 5432;

/** A complete value for a user of the engine under test. */
const value = ({ database: { engine } }: Parts, username: string, password: string): string =>
  JSON.stringify({ engine, host, port, dbname: 'orders', username, password });

/** An admin with a secret of its own, which can be rotated beside. */
const withAdmin = (parts: Parts): void => {
  parts.database.addUser('admin', 'canary-admin', { createsRoles: true });
  parts.secrets.create(adminSecretName, {
    value: value(parts, 'admin', 'canary-admin'),
    tags: { [secretTag.engine]: parts.database.engine, [secretTag.strategy]: 'admin' },
  });
};

/** A user with the password that is in the secret. */
const withUser = (parts: Parts, user: NewUser = {}): { value: string } => {
  parts.database.addUser('app', 'canary-current', user);
  return { value: value(parts, 'app', 'canary-current') };
};

const withBarrier = (parts: Parts, barrier: LoginBarrier): { value: string; rotatedBefore: true } => {
  const made = withUser(parts);
  parts.database.setBarrier('app', barrier);
  return { ...made, rotatedBefore: true };
};

/** A generated secret before its first rotation: nothing of it logs in. */
const lonePassword = { value: JSON.stringify({ password: 'canary-generated' }) };

const adminTag = { [secretTag.admin]: adminSecretName, [secretTag.username]: 'app' };
const userTags = { [secretTag.host]: host, [secretTag.port]: `${port}`, [secretTag.username]: 'app' };
const graceTag = { [secretTag.grace]: '24h' };

export const singleUserScenarios: readonly Scenario[] = [
  {
    name: 'a user who changes its own password',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: withUser,
    tags: {},
    worksAtStart: true,
  },
  {
    name: 'a first rotation that creates the user',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return lonePassword;
    },
    tags: { ...adminTag, ...userTags, [secretTag.provision]: 'public=read-write' },
    worksAtStart: false,
  },
  {
    name: 'a provisioned user, whose grants are looked at first',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return withUser(parts);
    },
    tags: { ...adminTag, [secretTag.provision]: 'public=read-only' },
    worksAtStart: true,
  },
  {
    name: 'a password that somebody changed past the secret, with an admin',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      parts.database.addUser('app', 'changed-by-hand');
      return { value: value(parts, 'app', 'canary-current') };
    },
    tags: adminTag,
    worksAtStart: false,
    failsLogins: 'the current password is refused before the admin is asked',
  },
  {
    name: 'a wrong value put by hand, with the right one still AWSPREVIOUS',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      parts.database.addUser('app', 'canary-right');
      return { value: value(parts, 'app', 'canary-wrong'), previous: value(parts, 'app', 'canary-right') };
    },
    tags: {},
    worksAtStart: true,
    failsLogins: 'the wrong value is tried first',
  },
  {
    name: 'Redis, where only an admin changes users',
    strategy: 'single-user',
    engine: 'redis',
    prepare: (parts) => {
      withAdmin(parts);
      return withUser(parts);
    },
    tags: adminTag,
    worksAtStart: true,
  },
  {
    name: 'ElastiCache, where an API changes users',
    strategy: 'single-user',
    engine: 'elasticache',
    prepare: withUser,
    tags: {},
    worksAtStart: true,
  },
  {
    name: 'a user whom someone disabled, with an admin',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return withBarrier(parts, { kind: 'disabled', detail: 'NOLOGIN' });
    },
    tags: adminTag,
    worksAtStart: false,
    failsLogins: 'the user is disabled',
    refusedWith: 'user-disabled',
  },
  {
    name: 'a provisioned user whom someone disabled',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return withBarrier(parts, { kind: 'disabled', detail: 'NOLOGIN' });
    },
    tags: { ...adminTag, [secretTag.provision]: 'public=read-only' },
    worksAtStart: false,
    failsLogins: 'the user is disabled',
    refusedWith: 'user-disabled',
  },
  {
    name: 'a right password that is refused for another reason, with an admin',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return withBarrier(parts, { kind: 'host', detail: 'not from this host' });
    },
    tags: adminTag,
    worksAtStart: false,
    failsLogins: 'the server refuses it whatever the password',
    refusedWith: 'login-refused-otherwise',
  },
  {
    name: 'a replica that lags',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      parts.database.addReplica('replica.internal', { lag: 2 });
      return withUser(parts);
    },
    tags: { [secretTag.readReplicas]: 'replica.internal' },
    worksAtStart: true,
    failsLogins: 'the replica refuses what it does not know yet',
  },
];

const firstOfTwo: NewUser = { roles: ['orders_owner', 'search_path=orders'], owns: ['orders'], sessions: 2 };

/** The other of the two users is in AWSPREVIOUS, still valid though its time is over, and has a role too many. */
const withBothUsers = (parts: Parts): { value: string; previous: string } => {
  withAdmin(parts);
  parts.database.addUser('app_clone', 'canary-previous', { roles: ['left_over'], sessions: 1 });
  return { ...withUser(parts, firstOfTwo), previous: value(parts, 'app_clone', 'canary-previous') };
};

export const alternatingUsersScenarios: readonly Scenario[] = [
  {
    name: 'the rotation that makes the second user',
    strategy: 'alternating-users',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return withUser(parts, firstOfTwo);
    },
    tags: { ...adminTag, ...graceTag },
    worksAtStart: true,
  },
  {
    name: 'a later rotation',
    strategy: 'alternating-users',
    engine: 'postgres',
    prepare: withBothUsers,
    tags: { ...adminTag, ...userTags, ...graceTag },
    worksAtStart: true,
  },
  {
    name: 'MySQL, where a change is more than one statement',
    strategy: 'alternating-users',
    engine: 'mysql',
    prepare: withBothUsers,
    tags: { ...adminTag, ...graceTag, [secretTag.provision]: 'public=read-write' },
    worksAtStart: true,
  },
  {
    name: 'a first rotation that creates the user',
    strategy: 'alternating-users',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return lonePassword;
    },
    tags: { ...adminTag, ...userTags, ...graceTag, [secretTag.provision]: 'public=read-write' },
    worksAtStart: false,
  },
];

/** Two passwords are valid: the one before is in AWSPREVIOUS, though its time is over. */
const withTwoPasswords = (parts: Parts): { value: string; previous: string } => {
  parts.database.addUser('app', 'canary-current', { alsoValid: 'canary-previous' });
  return { value: value(parts, 'app', 'canary-current'), previous: value(parts, 'app', 'canary-previous') };
};

export const dualPasswordScenarios: readonly Scenario[] = [
  {
    name: 'MySQL',
    strategy: 'dual-password',
    engine: 'mysql',
    prepare: (parts) => {
      withAdmin(parts);
      return withUser(parts);
    },
    tags: { ...adminTag, ...graceTag },
    worksAtStart: true,
  },
  {
    name: 'Redis, with two passwords already',
    strategy: 'dual-password',
    engine: 'redis',
    prepare: (parts) => {
      withAdmin(parts);
      return withTwoPasswords(parts);
    },
    tags: { ...adminTag, ...graceTag },
    worksAtStart: true,
  },
  {
    name: 'ElastiCache, with two passwords already',
    strategy: 'dual-password',
    engine: 'elasticache',
    prepare: withTwoPasswords,
    tags: graceTag,
    worksAtStart: true,
  },
  {
    name: 'a first rotation that creates the user',
    strategy: 'dual-password',
    engine: 'mysql',
    prepare: (parts) => {
      withAdmin(parts);
      return lonePassword;
    },
    tags: { ...adminTag, ...userTags, ...graceTag, [secretTag.provision]: 'public=read-write' },
    worksAtStart: false,
  },
];

const master: NewUser = { createsRoles: true };

export const adminScenarios: readonly Scenario[] = [
  {
    name: 'a master user who changes its own password',
    strategy: 'admin',
    engine: 'postgres',
    prepare: (parts) => withUser(parts, master),
    tags: {},
    worksAtStart: true,
  },
  {
    name: 'a master user of RDS',
    strategy: 'admin',
    engine: 'postgres',
    prepare: (parts) => {
      parts.instances.add('orders', { host, port, masterUsername: 'app' });
      return withUser(parts, master);
    },
    tags: { [secretTag.rds]: 'orders' },
    worksAtStart: true,
    attempts: 2,
  },
  {
    name: 'a default user of Redis',
    strategy: 'admin',
    engine: 'redis',
    prepare: (parts) => withUser(parts, master),
    tags: {},
    worksAtStart: true,
  },
];

export const allScenarios: Readonly<Record<string, readonly Scenario[]>> = {
  'single-user': singleUserScenarios,
  'alternating-users': alternatingUsersScenarios,
  'dual-password': dualPasswordScenarios,
  admin: adminScenarios,
};
