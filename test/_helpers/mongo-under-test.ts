/** A MongoDB for the contract of databases, with what its tests give users and ask about them. */
import { MongoClient, MongoServerError, type Document } from 'mongodb';
import { trustIn } from '../../lambdas/databases/database-trust.ts';
import { mongoDatabase } from '../../lambdas/databases/mongo/database.ts';
import type { Credential, DatabaseAddress } from '../../lambdas/databases/port.ts';
import { startMongo, type LocalMongo } from '../../local/databases/mongo.ts';
import { createLocalCertificates, type LocalCertificates } from '../../local/tls.ts';
import type { DatabaseUnderTest } from './database-contract.ts';
import { startMongoWithRoles, type MongoWithRoles } from './mongo-with-roles.ts';

/** What an admin needs, and no more. */
export const adminRoles = [
  { role: 'userAdminAnyDatabase', db: 'admin' },
  { role: 'hostManager', db: 'admin' },
  { role: 'readWrite', db: 'strongroom' },
] as const;

export class MongoUnderTest {
  readonly certificates: LocalCertificates;
  readonly mongo: LocalMongo;
  readonly server: MongoWithRoles;
  #admins = 0;

  static async start(): Promise<MongoUnderTest> {
    const certificates = await createLocalCertificates();
    const mongo = await startMongo({ certificates });
    return new MongoUnderTest(certificates, mongo, await startMongoWithRoles(mongo, certificates));
  }

  private constructor(certificates: LocalCertificates, mongo: LocalMongo, server: MongoWithRoles) {
    this.certificates = certificates;
    this.mongo = mongo;
    this.server = server;
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.mongo.stop();
  }

  get address(): DatabaseAddress {
    const { host, port } = this.server;
    return { host, port, dbname: 'admin', tls: { mode: 'verify-full' } };
  }

  database(options: Partial<Parameters<typeof mongoDatabase>[0]> = {}) {
    const trust = trustIn([this.certificates.ca]);
    return mongoDatabase({ trust, deadline: { remainingMs: () => 60_000 }, connectTimeoutMs: 20_000, ...options });
  }

  client({ username, password }: Credential): MongoClient {
    return new MongoClient(`mongodb://${this.server.host}:${this.server.port}/`, {
      tls: true,
      ca: this.certificates.ca,
      auth: { username, password },
      authSource: 'admin',
      directConnection: true,
      maxPoolSize: 1,
    });
  }

  /** As the first administrator. */
  async command(command: Document): Promise<Document> {
    const client = this.client({ username: this.mongo.adminUser, password: this.mongo.adminPassword });
    try {
      return await client.db('admin').command(command);
    } finally {
      await client.close();
    }
  }

  async addUser({ username, password }: Credential, roles: readonly Document[] = []): Promise<void> {
    await this.command({ createUser: username, pwd: password, roles });
  }

  async addAdmin(roles: readonly Document[] = adminRoles): Promise<Credential> {
    const admin = { username: `admin-${(this.#admins += 1)}`, password: 'canary of the admin' };
    await this.addUser(admin, roles);
    return admin;
  }

  async describe(username: string): Promise<Document | undefined> {
    const { users } = await this.command({
      usersInfo: { user: username, db: 'admin' },
      showPrivileges: true,
      showAuthenticationRestrictions: true,
    });
    return (users as readonly Document[])[0];
  }

  async prepare(): Promise<DatabaseUnderTest> {
    return {
      database: this.database(),
      address: this.address,
      admin: await this.addAdmin(),
      addUser: (credential) => this.addUser(credential),
      userExists: async (username) => (await this.describe(username)) !== undefined,
      rights: {
        give: async (username, set) => {
          await this.command({ updateUser: username, ...rights[set] });
        },
        of: async (username) => {
          const user = (await this.describe(username)) ?? {};
          return ['roles', 'customData', 'authenticationRestrictions', 'mechanisms']
            .map((what) => `${what} ${JSON.stringify(user[what])}`)
            .sort();
        },
      },
      openSession: async (credential) => {
        const client = this.client(credential);
        const ask = () => client.db('orders').command({ find: 'orders', limit: 1 });
        await ask();
        return {
          ended: async () => {
            try {
              await ask();
              return false;
            } catch (error) {
              if (error instanceof MongoServerError && error.code === 13) return true;
              throw error;
            }
          },
          close: () => client.close(),
        };
      },
    };
  }
}

const rights = {
  first: {
    roles: [
      { role: 'readWrite', db: 'orders' },
      { role: 'read', db: 'audit' },
    ],
    customData: { team: 'payments' },
    authenticationRestrictions: [{ clientSource: ['127.0.0.1'] }],
  },
  second: { roles: [{ role: 'read', db: 'orders' }], customData: { team: 'orders' }, authenticationRestrictions: [] },
};
