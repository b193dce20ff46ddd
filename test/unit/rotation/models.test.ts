import type { Credential } from '../../../lambdas/databases/port.ts';
import { databaseEngines, engineFacts, type DatabaseEngine } from '../../../lib/contract/index.ts';
import {
  describeDatabase,
  type DatabaseUnderTest,
  type OwnershipUnderTest,
  type SessionUnderTest,
} from '../../_helpers/database-contract.ts';
import { DatabaseModel, readsPolicy } from '../../_helpers/database-model.ts';
import { commonOwner } from '../../_helpers/modelled-users.ts';
import { describeSecretVersions } from '../../_helpers/secret-versions-contract.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

const admin = { username: 'admin', password: 'admin password' };
const rights = { first: ['readers', 'connection limit 5'], second: ['writers', 'search path audit'] };

const underTest = (engine: DatabaseEngine): DatabaseUnderTest => {
  const model = new DatabaseModel({ engine });
  model.addUser(admin.username, admin.password, { createsRoles: true });
  return {
    // Between two points others get their turn, as they do between two packets.
    database: model.port(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'go';
    }),
    address: { host: 'db.internal', port: 5432, dbname: 'orders', tls: { mode: 'verify-full' } },
    admin: engineFacts[engine].usersChangedBy === 'function-role' ? 'function-role' : admin,
    addUser: ({ username, password }) => {
      model.addUser(username, password);
      return Promise.resolve();
    },
    userExists: (username) => Promise.resolve(model.users.has(username)),
    provisioning: {
      addSchema: (name) => {
        model.schemas.add(name);
        return Promise.resolve();
      },
      grantsOf: (username) => Promise.resolve(model.users.get(username)?.grants ?? ''),
    },
    rights: {
      give: (username, set) => {
        model.giveRoles(username, rights[set]);
        return Promise.resolve();
      },
      of: (username) => {
        const roles = model.users.get(username)?.roles ?? [];
        return Promise.resolve([...roles].filter((role) => role !== commonOwner(username)).sort());
      },
    },
    disable: (username) => {
      model.setBarrier(username, { kind: 'disabled', detail: 'someone disabled it' });
      return Promise.resolve();
    },
    openSession: (credential) => Promise.resolve(sessionIn(model, credential)),
    ownership: ownershipIn(model),
  };
};

const sessionIn = (model: DatabaseModel, { username }: Credential): SessionUnderTest => {
  model.openSession(username);
  return {
    ended: () => Promise.resolve((model.users.get(username)?.sessions ?? 0) === 0),
    close: () => Promise.resolve(),
  };
};

const ownershipIn = (model: DatabaseModel): OwnershipUnderTest => ({
  make: ({ username }, object) => {
    model.owners.set(object, username);
    return Promise.resolve();
  },
  alter: ({ username }, object) => {
    const owner = model.owners.get(object) ?? '';
    const may = owner === username || model.users.get(username)?.roles.has(owner);
    return may ? Promise.resolve() : Promise.reject(new Error(`"${username}" does not own ${object}`));
  },
  exists: (object) => Promise.resolve(model.owners.has(object)),
});

for (const engine of databaseEngines) {
  const options = {
    engine,
    ownership: engine === 'postgres',
    holds: [
      'inspection',
      'containment',
      'revoked-rights',
      ...(readsPolicy(engine) ? (['password-policy'] as const) : []),
    ],
  } as const;
  describeDatabase(`the model of ${engine}`, options, () => Promise.resolve(underTest(engine)));
}

describeSecretVersions('the model', () => {
  const model = new SecretsManagerModel();
  return Promise.resolve({
    versions: model.port(),
    create: (name, options) => Promise.resolve(model.create(name, options)),
    startRotation: (arn, token) => {
      model.startRotation(arn, token);
      return Promise.resolve();
    },
  });
});
