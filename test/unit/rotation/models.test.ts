import { DatabaseModel } from '../../_helpers/database-model.ts';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { describeSecretVersions } from '../../_helpers/secret-versions-contract.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

describeDatabase('the model', () => {
  const model = new DatabaseModel();
  const admin = { username: 'admin', password: 'admin password' };
  model.addUser(admin.username, admin.password, { createsRoles: true });
  return Promise.resolve({
    // Between two points others get their turn, as they do between two packets.
    database: model.port(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'go';
    }),
    address: { host: 'db.internal', port: 5432, dbname: 'orders', tls: { mode: 'verify-full' } },
    admin,
    addUser: ({ username, password }) => {
      model.addUser(username, password);
      return Promise.resolve();
    },
    addSchema: (name) => {
      model.schemas.add(name);
      return Promise.resolve();
    },
    grantsOf: (username) => Promise.resolve(model.users.get(username)?.grants ?? ''),
  });
});

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
