/** A real MySQL or MariaDB for the tests of what the contract leaves open: one server a file, emptied for each test. */
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import type { Confirm, Credential, DatabaseAddress } from '../../lambdas/databases/port.ts';
import { DatabaseError } from '../../lambdas/databases/errors.ts';
import type { RotationStrategy } from '../../lib/contract/index.ts';
import type { LocalMysql } from '../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../local/tls.ts';
import type { Flavour } from './mysql-rights.ts';
import { prepareMysql, startFlavour, type MysqlUnderTest } from './mysql-under-test.ts';

export const app: Credential = { username: 'app', password: 'first' };
export const clone: Credential = { username: 'app_clone', password: 'of the clone' };
export const yes: Confirm = () => Promise.resolve(true);

export class MysqlBench {
  readonly flavour: Flavour;
  #server: LocalMysql | undefined;
  #under: MysqlUnderTest | undefined;

  /** Within a `describe`. @param settings - lines of the server's configuration, once its data folder is made. */
  constructor(flavour: Flavour, settings?: readonly string[]) {
    this.flavour = flavour;
    beforeAll(async () => {
      const certificates = await createLocalCertificates();
      this.#server = await startFlavour(flavour, { certificates, ...(settings && { laterSettings: settings }) });
    });
    afterAll(() => this.server.stop());
    beforeEach(async () => {
      this.#under = await prepareMysql(flavour, this.server);
    });
  }

  get server(): LocalMysql {
    if (!this.#server) throw new Error('the server is not up');
    return this.#server;
  }

  get under(): MysqlUnderTest {
    if (!this.#under) throw new Error('the server is not prepared');
    return this.#under;
  }

  get address(): DatabaseAddress {
    return this.under.address;
  }

  /** As the user `app` is now; its first password. */
  addApp(): Promise<void> {
    return this.under.addUser(app);
  }

  async answer(credential: Credential): Promise<string> {
    try {
      await this.under.database.login(this.address, credential);
      return 'accepted';
    } catch (error) {
      if (error instanceof DatabaseError) return error.kind;
      throw error;
    }
  }

  reset(password: string, keep?: string) {
    const { database, admin } = this.under;
    const change = { username: app.username, password, resetPassword: true, version: `of ${password}` };
    return database.changeUser(this.address, admin, { ...change, ...(keep !== undefined && { keep }) }, yes);
  }

  cloneApp() {
    const { database, admin } = this.under;
    return database.cloneUser!(
      this.address,
      admin,
      { from: app.username, to: clone.username, password: clone.password },
      yes,
    );
  }

  check(strategy: RotationStrategy) {
    const { database, admin } = this.under;
    return database.checkAdmin(this.address, admin, { username: app.username, strategy });
  }

  inspect(password: string) {
    const { database, admin } = this.under;
    return database.inspectUser!(this.address, admin, { ...app, password });
  }

  revokeApp(then: 'block' | 'drop') {
    const { database, admin } = this.under;
    return database.revokeUser!(this.address, admin, { username: app.username, then, heir: 'heir' }, yes);
  }

  /** For the rest of the test. */
  async set(variable: string, value: string): Promise<void> {
    const [before] = await this.server.query('SHOW GLOBAL VARIABLES LIKE ?', { values: [variable] });
    await this.server.query(`SET GLOBAL ${variable} = ${value}`);
    onTestFinished(async () => {
      const value = String(before?.['Value']);
      await this.server.query(`SET GLOBAL ${variable} = ?`, { values: [/^\d+$/.test(value) ? Number(value) : value] });
    });
  }

  async hostsOf(username: string): Promise<unknown[]> {
    const rows = await this.server.query('SELECT Host AS host FROM mysql.user WHERE User = ? ORDER BY 1', {
      values: [username],
    });
    return rows.map(({ host }) => host);
  }
}
