/** What every local database server keeps to, as tests that its own file calls. */
import { once } from 'node:events';
import { access, chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalServer, StartServerOptions } from '../../../../local/databases/index.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
  /** @default true */
  readonly tls?: boolean;
}

export interface LocalServerSubject<Server extends LocalServer> {
  start(options: StartServerOptions): Promise<Server>;
  /** Logs in and does what a user without a permission may do. Must end by itself. */
  login(server: Server, login: Login): Promise<void>;
  createUser(server: Server, user: string, password: string): Promise<void>;
  /** What the server says to who comes without TLS. */
  readonly refusesPlain: RegExp;
  /** What the server says to a wrong password. */
  readonly refusesPassword: RegExp;
  /** How its logs tell that. */
  readonly logsRefusal: RegExp;
  readonly readLogins?: (server: Server) => Promise<string>;
  /** A setting that does not exist, and what the server says of it. */
  readonly wrongSetting: readonly [setting: string, message: string];
}

const certificates = await createLocalCertificates();
const password = 'a-password-of-this-test';

export const listens = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return false;
    throw error;
  } finally {
    socket.destroy();
  }
};

export const describeLocalServer = <Server extends LocalServer>(
  name: string,
  subject: LocalServerSubject<Server>,
): void => {
  describe(`a local ${name}`, () => {
    let server: Server;
    beforeAll(async () => {
      server = await subject.start({ certificates });
      await subject.createUser(server, 'orders', password);
    });
    afterAll(() => server.stop());

    it('lets a user in over TLS, and nobody without', async () => {
      await subject.login(server, { user: 'orders', password });
      await subject.login(server, { user: server.adminUser, password: server.adminPassword });
      await expect(subject.login(server, { user: 'orders', password, tls: false })).rejects.toThrow(
        subject.refusesPlain,
      );
    });

    it('refuses a wrong password, and logs that', async () => {
      await expect(subject.login(server, { user: 'orders', password: 'wrong' })).rejects.toThrow(
        subject.refusesPassword,
      );
      const logins = await (subject.readLogins?.(server) ?? server.readLog());
      expect(logins).toMatch(subject.logsRefusal);
    });

    it('has its users still after a kill and a restart', async () => {
      await server.kill();
      expect(await listens(server.port)).toBe(false);
      await server.restart();
      await subject.login(server, { user: 'orders', password });
    });
  });

  describe(`what a local ${name} leaves`, () => {
    // Apart from what other suites start at the same time.
    const shared = process.env['TMPDIR'];
    let own: string;
    beforeEach(async () => {
      own = await mkdtemp(join(tmpdir(), 'own-'));
      // As root, some servers run as another user, who must get through here.
      await chmod(own, 0o755);
      process.env['TMPDIR'] = own;
    });
    afterEach(async () => {
      await rm(own, { recursive: true, force: true });
      if (shared === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = shared;
    });

    it('is nothing but the logs that were asked for', async () => {
      const before = await serverFolders();
      const logDirectory = await mkdtemp(join(tmpdir(), 'kept-log-'));
      try {
        const server = await subject.start({ certificates, logDirectory });
        await server.suspend();
        await server.stop();
        await server.stop();

        expect(await listens(server.port)).toBe(false);
        expect(await readFile(server.logFile, 'utf8')).not.toBe('');
        expect(dirname(server.logFile)).toBe(logDirectory);
      } finally {
        await rm(logDirectory, { recursive: true, force: true });
      }
      expect(await serverFolders()).toEqual(before);
    });

    it('is nothing where it does not come up, and it says why', async () => {
      const before = await serverFolders();
      const [setting, message] = subject.wrongSetting;
      await expect(subject.start({ certificates, settings: [setting] })).rejects.toThrow(message);
      expect(await serverFolders()).toEqual(before);
    });
  });
};

/** The server of test/_fixtures/start-database.ts goes with the process that started it. */
export const itGoesWithItsOwner = (name: string, signals: readonly NodeJS.Signals[]): void => {
  it.each(signals)('is gone, data and all, when whoever started it dies of %s', async (signal) => {
    const fixture = join(import.meta.dirname, '../../../_fixtures/start-database.ts');
    const owner = execa(process.execPath, ['--import', 'tsx', fixture, name], { reject: false });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const { port, logFile } = JSON.parse(String(line)) as { port: number; logFile: string };
    expect(await listens(port)).toBe(true);

    owner.kill(signal);
    const { signal: diedOf } = await owner;

    expect(diedOf).toBe(signal);
    await expect.poll(() => exists(dirname(logFile))).toBe(false);
    expect(await listens(port)).toBe(false);
  });
};

const serverFolders = async (): Promise<string[]> =>
  (await readdir(tmpdir())).filter((name) => name.startsWith('strongroom-')).sort();

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
