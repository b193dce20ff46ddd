/**
 * An operator may put values. A server of their own, named in a pending value, must not get one byte; and neither a password
 * of their choice nor another application's user may come of it. With a real PostgreSQL and the local AWS.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { DescribeSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { act } from '../../../lambdas/rotation/actions/index.ts';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { rotationSteps, type RotationRequest, type RotationStrategy } from '../../../lib/contract/index.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { openPostgres, preparePostgres, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { RealRotation, type RealServer } from '../../_helpers/real-rotation.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

const planted = 'canary-planted-password';

/** Listens, and keeps whatever anybody sends. */
class HostileServer {
  readonly received: Buffer[] = [];
  connections = 0;
  readonly #server: Server = createServer((socket) => {
    this.connections += 1;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      this.received.push(data);
      socket.end();
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let postgres: LocalPostgres;
let secrets: WiredSecrets;
let hostile: HostileServer;
let hostileCa: string;
let under: PostgresUnderTest;
let server: RealServer;
let users = 0;

beforeAll(async () => {
  postgres = await startPostgres({ certificates: await createLocalCertificates() });
  secrets = await startWiredSecrets();
  hostileCa = (await createLocalCertificates()).ca;
  under = await preparePostgres(postgres);
  const { host, port, dbname } = under.address;
  server = {
    engine: 'postgres',
    address: { host, port, dbname },
    admin: under.admin,
    database: openPostgres(postgres),
  };
});
afterAll(async () => {
  await secrets.stop();
  await postgres.stop();
});

beforeEach(async () => {
  hostile = new HostileServer();
  await hostile.start();
});
afterEach(async () => {
  await hostile.stop();
});

interface Attack {
  readonly rotation: RealRotation;
  readonly app: Credential;
  readonly victim: Credential;
  readonly adminSecret: string;
}

const prepare = async (strategy: RotationStrategy): Promise<Attack> => {
  users += 1;
  const app = { username: `app ${users}`, password: `canary-of-app-${users}` };
  const victim = { username: `victim ${users}`, password: `canary-of-victim-${users}` };
  await under.addUser(app);
  await under.addUser(victim);
  const rotation = await RealRotation.create(server, strategy, app, () => secrets);
  const { tags } = await secrets.versions.describe(rotation.arn);
  return { rotation, app, victim, adminSecret: tags['strongroom:admin'] ?? '' };
};

type Plant = (attack: Attack) => Record<string, unknown>;

const whole: Plant = ({ app }) => ({
  engine: 'postgres',
  ...server.address,
  username: app.username,
  password: planted,
});
const toHostile = () => ({ host: '127.0.0.1', port: hostile.port });

const plants: readonly (readonly [string, Plant])[] = [
  ['a password of the operator’s choice', whole],
  ['a server of the operator’s', (attack) => ({ ...whole(attack), ...toHostile() })],
  ['a server of the operator’s with its authority', (attack) => ({ ...whole(attack), ...toHostile(), ca: hostileCa })],
  ['a server of the operator’s without TLS', (attack) => ({ ...whole(attack), ...toHostile(), ssl: false })],
  [
    'the current password for a server of the operator’s',
    (attack) => ({ ...whole(attack), ...toHostile(), password: attack.app.password }),
  ],
  ['another application’s user', (attack) => ({ ...whole(attack), username: attack.victim.username })],
  [
    'another application’s user and the admin',
    (attack) => ({ ...whole(attack), username: attack.victim.username, masterarn: attack.adminSecret }),
  ],
  [
    'the twin of another application’s user',
    (attack) => ({ ...whole(attack), username: `${attack.victim.username}_clone` }),
  ],
];

/** PutSecretValue as an operator may, which leaves AWSCURRENT alone. */
const plantIn = async (attack: Attack, value: Record<string, unknown>, token: string): Promise<void> => {
  await secrets.client.send(
    new PutSecretValueCommand({
      SecretId: attack.rotation.arn,
      ClientRequestToken: token,
      SecretString: JSON.stringify(value),
      VersionStages: ['AWSPENDING'],
    }),
  );
};

const ask = async ({ rotation }: Attack, request: RotationRequest): Promise<unknown> => {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  return (await act(request, { ports: rotation.ports, environment: 'dev', log, onFacts: () => undefined })).report;
};

const expectNothingSent = async ({ rotation, app }: Attack): Promise<void> => {
  expect({ connections: hostile.connections, bytes: Buffer.concat(hostile.received).length }).toEqual({
    connections: 0,
    bytes: 0,
  });
  expect(await rotation.stored('AWSCURRENT')).toMatchObject(app);
};

/** The server itself says whose password is what. */
const expectNothingCameOfIt = async (attack: Attack): Promise<void> => {
  const { rotation, app, victim } = attack;
  await expectNothingSent(attack);
  expect(await rotation.accepts(app)).toBe(true);
  expect(await rotation.accepts(victim)).toBe(true);
  for (const { username } of [app, victim, { username: `${victim.username}_clone` }]) {
    expect(await rotation.accepts({ username, password: planted })).toBe(false);
  }
};

const pendingVersions = async (arn: string): Promise<string[]> => {
  const { VersionIdsToStages = {} } = await secrets.client.send(new DescribeSecretCommand({ SecretId: arn }));
  return Object.entries(VersionIdsToStages)
    .filter(([, stages]) => stages.includes('AWSPENDING') && !stages.includes('AWSCURRENT'))
    .map(([version]) => version);
};

const attacks: readonly (readonly [
  RotationStrategy,
  how: string,
  begin: (attack: Attack, token: string) => Promise<unknown>,
])[] = [
  ['single-user', 'put without a rotation', () => Promise.resolve()],
  ['alternating-users', 'put under the version of a rotation', ({ rotation }, token) => rotation.start(token)],
];

describe.each(attacks)('a pending value of an operator, %s, %s', (strategy, _how, begin) => {
  it.each(plants)('with %s reaches nobody, and is given up', async (_what, plant) => {
    const attack = await prepare(strategy);
    const { rotation } = attack;
    const { arn } = rotation;
    const token = randomUUID();
    await begin(attack, token);
    await plantIn(attack, plant(attack), token);

    for (const step of rotationSteps) {
      await expect(rotation.step(step, token), step).rejects.toMatchObject({ code: 'pending-not-ours' });
      await expectNothingSent(attack);
    }
    await expectNothingCameOfIt(attack);
    const forward: RotationRequest = { Action: 'rollForward', SecretId: arn, ClientRequestToken: token };
    await expect(ask(attack, forward)).rejects.toMatchObject({ code: 'pending-not-ours' });
    await expectNothingSent(attack);

    expect(await ask(attack, { Action: 'check', SecretId: arn })).toMatchObject({
      credentials: { current: 'logs-in', pending: 'not-ours', pendingVersion: token },
    });
    await expectNothingSent(attack);

    rotation.pass(48);
    expect(await ask(attack, { Action: 'sweep' })).toMatchObject({ discarded: 0, failed: 0 });
    await expectNothingCameOfIt(attack);

    const back: RotationRequest = { Action: 'rollBack', SecretId: arn, ClientRequestToken: token };
    expect(await ask(attack, back)).toMatchObject({ outcome: 'given-up' });
    await expectNothingCameOfIt(attack);
    expect(await pendingVersions(arn)).toEqual([]);
  });
});

describe('after a pending value of an operator', () => {
  it('the next rotation sets a password of its own', async () => {
    const attack = await prepare('single-user');
    const { rotation, app, victim } = attack;
    const token = randomUUID();
    await plantIn(attack, { ...whole(attack), ...toHostile() }, token);
    await ask(attack, { Action: 'rollBack', SecretId: rotation.arn, ClientRequestToken: token });

    expect((await rotation.rotate()).at(-1)).toBe('promoted');

    const current = await rotation.stored('AWSCURRENT');
    expect([app.password, planted]).not.toContain(current.password);
    expect([await rotation.accepts(current), await rotation.accepts(victim)]).toEqual([true, true]);
    expect(hostile.connections).toBe(0);
  });

  it('a roll-back puts back the current password, and not one of the operator’s, where it was changed by hand', async () => {
    const attack = await prepare('single-user');
    const { rotation, app } = attack;
    const token = randomUUID();
    await plantIn(attack, { ...whole(attack), ...toHostile() }, token);
    await under.sql(`ALTER ROLE "${app.username}" PASSWORD 'changed by hand'`);

    await ask(attack, { Action: 'rollBack', SecretId: rotation.arn, ClientRequestToken: token });

    await expectNothingCameOfIt(attack);
  });
});

describe('the hostile server of this test', () => {
  it('sees a login that is made to it', async () => {
    const address = { ...server.address, ...toHostile(), tls: { mode: 'verify-full', ca: hostileCa } } as const;
    await expect(server.database.login(address, { username: 'app', password: 'x' })).rejects.toThrow();
    expect(hostile.connections).toBeGreaterThan(0);
    expect(Buffer.concat(hostile.received).length).toBeGreaterThan(0);
  });
});
