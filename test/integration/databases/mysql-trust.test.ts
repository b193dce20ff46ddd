import { createCA, createCert } from 'mkcert';
import { describe, expect, it, onTestFinished } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import type { DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { app, MysqlBench } from '../../_helpers/mysql-bench.ts';
import { startGreetingServer } from '../../_helpers/mysql-greeting.ts';
import { openDatabase } from '../../_helpers/mysql-under-test.ts';
import { withMoreTime } from '../../_helpers/patience.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

/** As on RDS: it is offered to whoever comes without TLS. */
const keyPair = (flavour: 'mysql' | 'mariadb') =>
  flavour === 'mysql' ? ['caching-sha2-password-auto-generate-rsa-keys=ON'] : undefined;

describe.each(['mysql', 'mariadb'] as const)('a real %s', (flavour) => {
  const bench = new MysqlBench(flavour, keyPair(flavour));

  describe('and whom it is believed to be', () => {
    const logIn = (at: Partial<DatabaseAddress>, trust = trustIn([bench.server.ca])) =>
      openDatabase(flavour, bench.server, { trust }).login({ ...bench.address, ...at }, bench.under.admin);

    it('is refused where nobody vouches for it, and no login is tried', async () => {
      const before = await bench.server.readErrorLog();
      const other = await createLocalCertificates();

      const failure = await failureOf(logIn({}, trustIn([other.ca])));

      expect(failure.code).toBe('database-tls');
      expect(failure.retryable).toBe(false);
      expect((await bench.server.readErrorLog()).split('Access denied').length).toBe(
        before.split('Access denied').length,
      );
    });

    it('is believed by the authority that the secret brings', async () => {
      await logIn({ tls: { mode: 'verify-full', ca: bench.server.ca } }, trustIn([]));
    });

    it('must bear the name that the secret names, if it names one', async () => {
      await logIn({ tls: { mode: 'verify-full', servername: 'localhost' } });
      const wrong = logIn({ tls: { mode: 'verify-full', servername: 'db.example.com' } });
      expect((await failureOf(wrong)).code).toBe('database-tls');
    });

    it('is not spoken to in plaintext, also where the other end does not know TLS', async () => {
      const plain = await startGreetingServer();
      onTestFinished(() => plain.stop());

      expect((await failureOf(logIn({ port: plain.port }))).code).toBe('database-tls');

      expect(plain.received).toEqual([]);
    });

    it('refuses a connection without TLS, where the secret turned it off', async () => {
      const failure = await failureOf(logIn({ tls: { mode: 'off' } }));
      // MariaDB gives no reason: it could as well be the password.
      expect(failure.code).toBe(flavour === 'mysql' ? 'database-tls' : 'database-auth');
      expect(failure.message).toContain('without TLS');
    });

    if (flavour === 'mysql') {
      it('gets no password over a plain connection, also under a key of its own', async () => {
        await bench.set('require_secure_transport', 'OFF');
        await bench.addApp();
        const plain = { ...bench.address, tls: { mode: 'off' } } as const;

        const failure = await failureOf(bench.under.database.login(plain, app));

        expect(failure.code).toBe('database-tls');
        expect(failure.message).toContain('use TLS');
        // Once a login over TLS has let the server remember it, a challenge is enough.
        await bench.under.database.login(bench.address, app);
        await bench.under.database.login(plain, app);
      });
    } else {
      it('takes the answer to a challenge over a plain connection', async () => {
        await bench.set('require_secure_transport', 'OFF');
        await bench.addApp();
        await bench.under.database.login({ ...bench.address, tls: { mode: 'off' } }, app);
      });
    }
  });

  it('is refused at an address whose certificate is for a name alone', async () => {
    const ca = await createCA({ organization: 'x', countryCode: 'AQ', state: 'x', locality: 'x', validity: 2 });
    const { cert, key } = await createCert({ ca, domains: ['localhost'], validity: 2 });
    const greeting = await startGreetingServer({ cert, key });
    onTestFinished(() => greeting.stop());
    const database = openDatabase(flavour, bench.server, { trust: trustIn([ca.cert]) });
    const at = { ...bench.address, port: greeting.port };

    expect((await failureOf(database.login(at, app))).code).toBe('database-tls');
    expect(greeting.received).toEqual([]);
    // By that name it would have gone on.
    const byName = { ...at, tls: { mode: 'verify-full', servername: 'localhost' } } as const;
    await withMoreTime(1_000, async (connectTimeoutMs) => {
      const impatient = openDatabase(flavour, bench.server, { trust: trustIn([ca.cert]), connectTimeoutMs });
      await failureOf(impatient.login(byName, app));
      expect(greeting.received).not.toEqual([]);
    });
  });
});
