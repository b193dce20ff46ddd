import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretTag } from '../../../lib/contract/index.ts';
import type { LocalMysql } from '../../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { invokeBundle, invokeSteps, type Bundle } from '../../_helpers/invoke-bundle.ts';
import { prepareMysql, startFlavour, type MysqlUnderTest } from '../../_helpers/mysql-under-test.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

const flavours = ['mysql', 'mariadb'] as const;
type Flavour = (typeof flavours)[number];

let folder: string;
let ca: string;
let secrets: WiredSecrets;

/** The bundles as the construct makes them. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-mysql-bundles-'));
  ca = join(folder, 'ca.pem');
  for (const flavour of flavours) {
    await mkdir(join(folder, flavour));
    await bundleFunction(`rotation-${flavour}`, join(folder, flavour));
  }
  secrets = await startWiredSecrets();
});

afterAll(async () => {
  await secrets.stop();
  await rm(folder, { recursive: true, force: true });
});

const bundleOf = (flavour: Flavour): Bundle => ({
  folder: join(folder, flavour),
  env: {
    ...secrets.env,
    STRONGROOM_CERTIFICATE_AUTHORITIES: ca,
    STRONGROOM_ENVIRONMENT: 'dev',
    STRONGROOM_ENGINE: flavour,
  },
});

describe.each(flavours)('the bundle for %s', (flavour) => {
  let server: LocalMysql;
  let under: MysqlUnderTest;

  beforeAll(async () => {
    const certificates = await createLocalCertificates();
    await writeFile(ca, certificates.ca);
    // One of the character sets whose tables the bundle is without.
    server = await startFlavour(flavour, { certificates, settings: ['character-set-server=sjis'] });
    under = await prepareMysql(flavour, server);
  });
  afterAll(async () => {
    await server.stop();
  });

  /** A secret of the user `app`, whose rotation has begun. */
  const beginRotation = async (name: string, password: string, token: string): Promise<string> => {
    const { host, port } = server;
    const place = { engine: flavour, host, port };
    const admin = `dev/payments/${flavour}-${name}-admin`;
    await secrets.create(admin, { value: JSON.stringify({ ...place, ...under.admin }) });
    const tags = {
      [secretTag.environment]: 'dev',
      [secretTag.engine]: flavour,
      [secretTag.host]: host,
      [secretTag.port]: String(port),
      [secretTag.dbname]: 'public',
      [secretTag.username]: 'app',
      [secretTag.strategy]: name,
      [secretTag.grace]: '24h',
      [secretTag.admin]: admin,
    };
    const value = JSON.stringify({ ...place, dbname: 'public', username: 'app', password });
    const arn = await secrets.create(`dev/payments/${flavour}-${name}`, { value, tags });
    await secrets.startRotation(arn, token);
    return arn;
  };

  it('makes the second user, hands its credential over and prints no secret', async () => {
    const password = 'canary-first-password';
    await under.addUser({ username: 'app', password });
    const token = randomUUID();
    const SecretId = await beginRotation('alternating-users', password, token);

    const printed = await invokeSteps(bundleOf(flavour), { SecretId, ClientRequestToken: token });

    const value = await secrets.currentValue(SecretId);
    expect(value).toMatchObject({ engine: flavour, host: server.host, port: server.port, username: 'app_clone' });
    await under.database.login(under.address, value);
    for (const secret of [password, value.password, under.admin.password]) {
      expect(printed).not.toContain(secret);
    }
  });

  it('reads the refusal of a server that speaks another character set', async () => {
    const token = randomUUID();
    const SecretId = await beginRotation('single-user', 'canary-wrong-password', token);

    const { outcome, printed } = await invokeBundle(bundleOf(flavour), { Action: 'check', SecretId });

    expect(outcome).toMatchObject({ result: { credentials: { current: 'refused' } } });
    expect(printed).not.toContain('canary-wrong-password');
  });

  it('is without the tables of character sets that no session here uses', async () => {
    const bundle = join(folder, flavour, 'index.mjs');
    expect((await stat(bundle)).size).toBeLessThan(550_000);
    // How the tables of Shift_JIS begin.
    expect(await readFile(bundle, 'utf8')).not.toContain('shiftjis');
  });
});
