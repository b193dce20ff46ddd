import { describe, expect, it } from 'vitest';
import type { Deadline } from '../../../lambdas/runtime/deadline.ts';
import type { Database } from '../../../lambdas/databases/port.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { databaseEngines, secretTag, type DatabaseEngine } from '../../../lib/contract/index.ts';
import { DatabaseModel } from '../../_helpers/database-model.ts';
import { everyKey, leaks, passwordsLikeNames, saidAbout } from '../../_helpers/wrong-keys.ts';

const place = { host: 'db.internal', port: 1, dbname: 'orders', username: 'app' };
const [canary] = passwordsLikeNames;

/** A driver that quotes all that it was given, in its error, its cause and their fields. */
const quoting =
  (engine: DatabaseEngine) =>
  (_: Deadline): Database => {
    const login: Database['login'] = ({ host, port, dbname, tls }, { username }) => {
      const { servername = '', ca = '' } = tls.mode === 'off' ? {} : tls;
      const text = `getaddrinfo ENOTFOUND ${host}:${port}/${dbname} ${username.slice(0, 48)} ${servername} ${ca}`;
      const cause = Object.assign(new Error(text.toLowerCase()), { hostname: host, detail: encodeURIComponent(text) });
      throw new DatabaseError('network', text, { retryable: true, cause });
    };
    return { ...new DatabaseModel({ engine }).port(), login, checkOwnPassword: login };
  };

describe.each(databaseEngines)('a password under a wrong key, with a server of %s that knows nobody', (engine) => {
  it.each(everyKey)('is never said: %s', async (key) => {
    const said = await saidAbout({ database: () => new DatabaseModel({ engine }).port(), place, key, canary });
    expect(said).toContain('Rotation step failed');
    expect(leaks(said, canary)).toBe(false);
  });
});

describe.each(databaseEngines)('a password under a wrong key, with a driver of %s that quotes it', (engine) => {
  it.each(everyKey)('is never said: %s', async (key) => {
    const said = await saidAbout({ database: quoting(engine), place, key, canary });
    expect(said).toContain('Rotation step failed');
    expect(leaks(said, canary)).toBe(false);
  });
});

describe('a password that looks like a name', () => {
  it.each(passwordsLikeNames)('is shown by its kind alone: %#', async (secret) => {
    for (const key of ['host', 'dbname', 'servername']) {
      const said = await saidAbout({ database: quoting('mysql'), place, key, canary: secret });
      expect(leaks(said, secret)).toBe(false);
      expect(said).toContain(`[${key} of ${secret.length} characters]`);
    }
  });

  it('is told from what the deployment declares, which is shown', async () => {
    const tags = {
      [secretTag.engine]: 'postgres',
      [secretTag.host]: 'orders.internal',
      [secretTag.port]: '1',
      [secretTag.username]: 'orders_app',
    };
    const declared = { ...place, host: 'orders.internal', username: 'orders_app' };
    const said = await saidAbout({ database: quoting('postgres'), place: declared, key: 'servername', canary, tags });
    expect(said).toContain('ENOTFOUND orders.internal:1/orders orders_app [servername of 18 characters]');
  });

  it('may be what AWS and engines call things, which is shown', async () => {
    const host = 'orders.abcdefgh1234.eu-west-1.rds.amazonaws.com';
    const said = await saidAbout({
      database: quoting('mysql'),
      place: { ...place, host, dbname: 'mysql' },
      key: 'username',
      canary: 'admin',
    });
    expect(said).toContain(`ENOTFOUND ${host}:1/mysql admin`);
  });
});
