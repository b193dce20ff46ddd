/** Where rotations begin: what is in the secret, in its tags, and in the database. */
import { secretTag } from '../../lib/contract/index.ts';
import { adminSecretName, type Parts, type Scenario } from './world.ts';

const facts = { engine: 'postgres', host: 'db.internal', port: 5432, dbname: 'orders', username: 'app' };
const value = (password: string, more: object = {}): string => JSON.stringify({ ...facts, password, ...more });

const withAdmin = ({ database, secrets }: Parts, more: object = {}): void => {
  database.addUser('admin', 'canary-admin', { createsRoles: true });
  secrets.create(adminSecretName, { value: value('canary-admin', { username: 'admin', ...more }) });
};
const adminTag = { [secretTag.admin]: adminSecretName };

export const singleUserScenarios: readonly Scenario[] = [
  {
    name: 'a user who changes its own password',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: ({ database }) => {
      database.addUser('app', 'canary-current');
      return { value: value('canary-current') };
    },
    tags: {},
    worksAtStart: true,
  },
  {
    name: 'a first rotation that creates the user',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      return { value: JSON.stringify({ password: 'canary-generated' }) };
    },
    tags: {
      ...adminTag,
      [secretTag.host]: 'db.internal',
      [secretTag.username]: 'app',
      [secretTag.provision]: 'public=read-write',
    },
    worksAtStart: false,
  },
  {
    name: 'a provisioned user, whose grants are looked at first',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: (parts) => {
      withAdmin(parts);
      parts.database.addUser('app', 'canary-current');
      return { value: value('canary-current') };
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
      return { value: value('canary-current') };
    },
    tags: adminTag,
    worksAtStart: false,
  },
  {
    name: 'a wrong value put by hand, with the right one still AWSPREVIOUS',
    strategy: 'single-user',
    engine: 'postgres',
    prepare: ({ database }) => {
      database.addUser('app', 'canary-right');
      return { value: value('canary-wrong'), previous: value('canary-right') };
    },
    tags: {},
    worksAtStart: true,
  },
];
