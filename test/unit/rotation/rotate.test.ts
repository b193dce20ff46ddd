import { beforeEach, describe, expect, it } from 'vitest';
import type { RotationPorts } from '../../../lambdas/rotation/ports.ts';
import { rotate } from '../../../lambdas/rotation/rotate.ts';
import { DatabaseError, RotationError } from '../../../lambdas/rotation/rotation-error.ts';
import { rotationSteps, secretTag, type RotationStep } from '../../../lib/contract/index.ts';
import { DatabaseModel } from '../../_helpers/database-model.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

const token = 'token-0000000000000000000000000001';
const name = 'dev/payments/orders-db';
const canary = 'canary-current-password';
const facts = { engine: 'postgres', host: 'db.internal', port: 5432, dbname: 'orders', username: 'app' };
const masterArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-1-AbCdEf';

let secrets: SecretsManagerModel;
let database: DatabaseModel;
let ports: RotationPorts;

beforeEach(() => {
  secrets = new SecretsManagerModel();
  database = new DatabaseModel();
  let generated = 0;
  ports = {
    versions: secrets.port(),
    database: database.port(),
    instances: {
      describe: (identifier) =>
        identifier === 'orders'
          ? Promise.resolve({ host: 'orders.rds.internal', port: 5433, masterSecretArn: masterArn })
          : Promise.reject(new RotationError('instance-unknown', `no ${identifier}`, { retryable: false })),
    },
    passwords: { generate: () => `generated-${(generated += 1)}` },
    clock: { pause: () => Promise.resolve() },
  };
});

const secret = (value: object | string | undefined, tags: Record<string, string> = {}): string => {
  const text = typeof value === 'object' ? JSON.stringify(value) : value;
  const arn = secrets.create(name, { ...(text !== undefined && { value: text }), tags });
  secrets.startRotation(arn, token);
  return arn;
};
const run = (arn: string, step: RotationStep) =>
  rotate({ Step: step, SecretId: arn, ClientRequestToken: token }, ports, 'dev');
const runAll = async (arn: string): Promise<string[]> => {
  const outcomes = [];
  for (const step of rotationSteps) outcomes.push(await run(arn, step));
  return outcomes;
};
const stored = (arn: string, stage: string): Record<string, unknown> =>
  JSON.parse(secrets.value(arn, stage)!) as Record<string, unknown>;
const addAdmin = (): void => {
  database.addUser('admin', 'admin-password', { createsRoles: true });
  const credential = { username: 'admin', password: 'admin-password' };
  secrets.create('dev/payments/admin', { value: JSON.stringify({ host: facts.host, ...credential }) });
};

describe('an event', () => {
  const good = { Step: 'createSecret', SecretId: 'arn', ClientRequestToken: token };

  it.each([
    [
      undefined,
      'Rotation event refused: the event is missing; expected an object with Step, SecretId, ClientRequestToken',
    ],
    [[], 'Rotation event refused: the event is []; expected an object with Step, SecretId, ClientRequestToken'],
    [
      { ...good, Step: 'deleteSecret' },
      'Rotation event refused: Step is "deleteSecret"; expected one of createSecret, setSecret, testSecret, finishSecret',
    ],
    [{ ...good, SecretId: 7 }, 'Rotation event refused: SecretId is 7; expected the ARN of the secret'],
    [
      { ...good, ClientRequestToken: 'short' },
      'Rotation event refused: ClientRequestToken is "short"; expected a version id of 32 to 64 characters',
    ],
  ])('%j is refused', async (event, message) => {
    await expect(rotate(event, ports, 'dev')).rejects.toThrow(message);
  });

  it('may have fields that Secrets Manager added', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    const event = { Step: 'createSecret', SecretId: arn, ClientRequestToken: token, RotationToken: 'r' };
    expect(await rotate(event, ports, 'dev')).toBe('stored');
  });
});

describe('a secret is refused', () => {
  const refusal = async (arn: string, step: RotationStep = 'createSecret'): Promise<[string, string]> => {
    const error: unknown = await run(arn, step).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof RotationError)) throw new Error('expected a RotationError', { cause: error });
    expect(`${error.message} ${String(error.cause)}`).not.toContain('canary');
    return [error.code, error.message];
  };

  it('where it does not exist', async () => {
    expect(await refusal('arn:nothing')).toEqual(['value-missing', 'There is no secret arn:nothing']);
  });

  it('where it is of another environment', async () => {
    const arn = secrets.create('prod/payments/orders-db', { value: '{}' });
    expect(await refusal(arn)).toEqual([
      'secret-outside-environment',
      'Secret prod/payments/orders-db is not of environment dev: its name does not start with "dev/"',
    ]);
  });

  it('where rotation is off', async () => {
    const arn = secret({ ...facts, password: canary });
    secrets.configure(arn, { rotationEnabled: false });
    expect(await refusal(arn)).toEqual(['rotation-off', `Rotation of secret ${name} is off: turn it on, then rotate`]);
  });

  it('where the token is no version of it', async () => {
    const arn = secrets.create(name, { value: JSON.stringify({ ...facts, password: canary }) });
    expect(await refusal(arn)).toEqual(['token-unknown', `Secret ${name} has no version ${token}`]);
  });

  it('where another rotation took the place of this one', async () => {
    const arn = secrets.create(name, { value: JSON.stringify({ ...facts, password: canary }), versionId: token });
    secrets.put(arn, 'put-by-hand-1', '{"password":"canary-1"}');
    expect((await refusal(arn))[0]).toBe('superseded');
  });

  it('where it has no value', async () => {
    expect(await refusal(secret(undefined))).toEqual([
      'value-missing',
      `Secret ${name} has no AWSCURRENT value to rotate: put one, then rotate`,
    ]);
  });

  it.each(['canary, not JSON', '"canary"', '[1]', 'null'])('where its value is %s', async (value) => {
    expect(await refusal(secret(value))).toEqual([
      'value-not-json',
      `The value of secret ${name}, AWSCURRENT is no JSON object; expected {"username": …, "password": …}`,
    ]);
  });

  it('where it names neither host nor user', async () => {
    expect(await refusal(secret({ password: canary }))).toEqual([
      'value-incomplete',
      `The value of secret ${name} lacks a usable host, username: give them in the catalog or in the value`,
    ]);
  });

  it('where its host is a path on this machine', async () => {
    expect(await refusal(secret({ ...facts, host: '/var/run/postgresql', password: canary }))).toEqual([
      'value-incomplete',
      `The value of secret ${name} lacks a usable host: give it in the catalog or in the value`,
    ]);
  });

  it.each([
    [{ ssl: 'prefer' }, 'has ssl "prefer"; expected true or false'],
    [{ servername: 7 }, 'has servername 7; expected the host name in the certificate'],
  ])('where its value has %j', async (more, message) => {
    const arn = secret({ ...facts, ...more, password: canary });
    await run(arn, 'createSecret');
    const [code, text] = await refusal(arn, 'setSecret');
    expect(code).toBe('value-incomplete');
    expect(text).toContain(message);
  });

  it('where its value is for another engine', async () => {
    expect(await refusal(secret({ ...facts, engine: 'mysql', password: canary }))).toEqual([
      'engine-mismatch',
      `The value of secret ${name} is for engine "mysql", but this function rotates postgres`,
    ]);
  });

  it('where its user name is longer than PostgreSQL takes', async () => {
    const [code, message] = await refusal(secret({ ...facts, username: 'ü'.repeat(32), password: canary }));
    expect(code).toBe('value-incomplete');
    expect(message).toContain('of 64 bytes; postgres takes at most 63');
  });

  it('where AWSCURRENT has no password, once the user is to change it', async () => {
    const arn = secret({ ...facts });
    await run(arn, 'createSecret');
    expect(await refusal(arn, 'setSecret')).toEqual([
      'value-incomplete',
      `The value of secret ${name}, AWSCURRENT lacks a usable password`,
    ]);
  });

  it.each([
    [{ [secretTag.strategy]: 'magic' }, 'tags-invalid', 'tag strongroom:strategy is "magic"; expected single-user'],
    [{ [secretTag.engine]: 'oracle' }, 'engine-mismatch', 'is for engine "oracle", but this function rotates postgres'],
    [
      { [secretTag.port]: '70000' },
      'tags-invalid',
      'tag strongroom:port is "70000"; expected a number from 1 to 65535',
    ],
    [
      { [secretTag.provision]: 'public=everything', [secretTag.admin]: 'dev/payments/admin' },
      'tags-invalid',
      'tag strongroom:provision is "public=everything"; expected a list such as "public=read-write audit=read-only"',
    ],
    [
      { [secretTag.provision]: 'public=read-only' },
      'tags-invalid',
      'tag strongroom:admin is null; expected the admin that creates the user',
    ],
    [
      { [secretTag.admin]: 'prod/payments/admin' },
      'tags-invalid',
      'tag strongroom:admin is "prod/payments/admin"; expected rds, or the name of a secret of environment dev',
    ],
    [
      { [secretTag.admin]: 'rds' },
      'tags-invalid',
      'tag strongroom:rds is null; expected the RDS instance that manages the admin',
    ],
    [
      { [secretTag.rds]: 'orders', [secretTag.host]: 'db' },
      'tags-invalid',
      'tag strongroom:rds is "orders"; expected no value, as tag strongroom:host is there too',
    ],
    [{ [secretTag.rds]: 'unknown' }, 'instance-unknown', 'no unknown'],
  ])('where its tags are %j', async (tags, code, message) => {
    const refused = await refusal(secret({ ...facts, password: canary }, tags));
    expect(refused[0]).toBe(code);
    expect(refused[1]).toContain(message);
  });

  it('where RDS does not manage the admin that it names', async () => {
    ports = { ...ports, instances: { describe: () => Promise.resolve({ host: 'h', port: 1 }) } };
    const tags = { [secretTag.rds]: 'orders', [secretTag.admin]: 'rds' };
    expect(await refusal(secret({ ...facts, password: canary }, tags))).toEqual([
      'admin-missing',
      'RDS does not manage the master credential of instance orders: turn on ManageMasterUserPassword, or name an admin secret',
    ]);
  });

  it('where the admin’s secret is not there', async () => {
    const arn = secret({ ...facts, password: canary }, { [secretTag.admin]: 'dev/payments/admin' });
    await run(arn, 'createSecret');
    expect(await refusal(arn, 'setSecret')).toEqual([
      'admin-missing',
      "The admin's secret dev/payments/admin does not exist or has no value",
    ]);
  });

  it('where a step comes before createSecret', async () => {
    const arn = secret({ ...facts, password: canary });
    expect(await refusal(arn, 'setSecret')).toEqual([
      'pending-without-value',
      `Version ${token} of secret ${name} has no value: createSecret comes first`,
    ]);
    expect((await refusal(arn, 'finishSecret'))[0]).toBe('pending-without-value');
  });
});

describe('an admin’s credential', () => {
  const credential = { username: 'admin', password: 'canary-admin-password' };
  const adminName = 'dev/payments/admin';
  /** A secret of an attacker's own, all of whose value and tags are the attacker's choice. */
  const attack = (masterarn: string): string => secret({ ...facts, ssl: false, password: canary, masterarn });
  const outcomes = async (arn: string): Promise<string[]> => {
    await run(arn, 'createSecret');
    const steps = ['setSecret', 'testSecret'] as const;
    return Promise.all(
      steps.map((step) =>
        run(arn, step).then(
          () => 'done',
          (error: unknown) => (error instanceof RotationError ? `${error.code}: ${error.message}` : 'unexpected'),
        ),
      ),
    );
  };
  const refused = (masterarn: string, why: string) =>
    Array.from(
      { length: 2 },
      () =>
        `admin-elsewhere: Secret ${name} is for db.internal:5432, but its admin's secret ${masterarn} ${why}: name one server in both`,
    );

  it.each([
    ['its value', { host: 'orders.internal' }, {}, 'is for orders.internal'],
    ['the port in its value', { host: 'db.internal', port: '6432' }, {}, 'is for db.internal:6432'],
    ['its tags', { host: 'db.internal' }, { [secretTag.host]: 'orders.internal' }, 'is for orders.internal'],
    ['the instance in its tags', {}, { [secretTag.rds]: 'orders' }, 'is for orders.rds.internal:5433'],
    ['nothing', {}, {}, 'does not say for which server it is'],
  ])('goes nowhere where %s does not name the host', async (_what, place, tags, why) => {
    secrets.create(adminName, { value: JSON.stringify({ ...place, ...credential }), tags });
    expect(await outcomes(attack(adminName))).toEqual(refused(adminName, why));
    expect(database.logins).toBe(0);
  });

  it('that RDS keeps goes to its instance and nowhere else', async () => {
    const tags = { 'aws:rds:primaryDBInstanceArn': 'arn:aws:rds:eu-west-1:111122223333:db:orders' };
    const masterarn = secrets.create('rds!db-1', { value: JSON.stringify(credential), tags });
    expect(await outcomes(attack(masterarn))).toEqual(refused(masterarn, 'is for orders.rds.internal:5433'));
    expect(database.logins).toBe(0);
  });

  it('goes to the host that its own secret names, however that is written', async () => {
    database.addUser('app', canary);
    database.addUser('admin', credential.password, { createsRoles: true });
    secrets.create(adminName, { value: JSON.stringify({ host: 'DB.internal', port: '5432', ...credential }) });
    expect(await runAll(attack(adminName))).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);
  });
});

describe('createSecret', () => {
  it('stores the facts of the tags over the value, keeps unknown keys, and generates a password', async () => {
    const arn = secret(
      { ...facts, password: canary, region: 'eu-west-1' },
      {
        [secretTag.rds]: 'orders',
        [secretTag.dbname]: 'shop',
        [secretTag.username]: 'shop_app',
        [secretTag.admin]: 'rds',
        [secretTag.provision]: 'public=read-write',
      },
    );

    expect(await run(arn, 'createSecret')).toBe('stored');

    expect(stored(arn, 'AWSPENDING')).toEqual({
      engine: 'postgres',
      host: 'orders.rds.internal',
      port: 5433,
      dbInstanceIdentifier: 'orders',
      dbname: 'shop',
      username: 'shop_app',
      password: 'generated-1',
      masterarn: masterArn,
      region: 'eu-west-1',
    });
    expect(stored(arn, 'AWSCURRENT')).toMatchObject({ password: canary });
  });

  it('takes the engine’s port and database where nobody names them', async () => {
    const arn = secret({ password: canary, host: 'db.internal', username: 'app' });
    await run(arn, 'createSecret');
    expect(stored(arn, 'AWSPENDING')).toMatchObject({ engine: 'postgres', port: 5432, dbname: 'postgres' });
  });

  it('adopts what an earlier try stored', async () => {
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');
    expect(await run(arn, 'createSecret')).toBe('adopted');
    expect(stored(arn, 'AWSPENDING')).toMatchObject({ password: 'generated-1' });
  });

  it('adopts what another worker stored between its look and its put', async () => {
    const arn = secret({ ...facts, password: canary });
    const { versions } = ports;
    let looks = 0;
    const blind = {
      ...versions,
      read: async (...[id, version]: Parameters<typeof versions.read>) => {
        if ('versionId' in version && (looks += 1) === 1) return undefined;
        return versions.read(id, version);
      },
    };
    await versions.storePending(arn, token, JSON.stringify({ ...facts, password: 'of-the-other' }));
    ports = { ...ports, versions: blind };

    expect(await run(arn, 'createSecret')).toBe('adopted');
    expect(stored(arn, 'AWSPENDING')).toMatchObject({ password: 'of-the-other' });
  });
});

describe('a rotation', () => {
  it('lets the user change its own password, with four logins less one and none of them failed', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });

    expect(await runAll(arn)).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);

    expect(database.accepts({ username: 'app', password: 'generated-1' })).toBe(true);
    expect(stored(arn, 'AWSCURRENT')).toMatchObject({ password: 'generated-1' });
    expect([database.logins, database.failedLogins]).toEqual([3, 0]);
  });

  it('is done when it is asked for again', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await runAll(arn);
    const { logins } = database;

    expect(await runAll(arn)).toEqual(Array(4).fill('already-current'));
    expect(database.logins).toBe(logins);
  });

  it('creates the user of a generated secret through the admin, without a failed login', async () => {
    addAdmin();
    const arn = secret(
      { password: canary },
      {
        [secretTag.host]: 'db.internal',
        [secretTag.username]: 'app',
        [secretTag.admin]: 'dev/payments/admin',
        [secretTag.provision]: 'public=read-write',
      },
    );

    expect(await runAll(arn)).toEqual(['stored', 'created-by-admin', 'pending-logs-in', 'promoted']);

    expect(database.users.get('app')).toMatchObject({ password: 'generated-1', grants: 'public=read-write' });
    expect(database.failedLogins).toBe(0);
  });

  it('gives the user of a generated secret, who exists, its password through the admin', async () => {
    addAdmin();
    database.addUser('app', 'unknown to all');
    const tags = {
      [secretTag.host]: 'db.internal',
      [secretTag.username]: 'app',
      [secretTag.admin]: 'dev/payments/admin',
    };
    expect((await runAll(secret({ password: canary }, tags)))[1]).toBe('reset-by-admin');
    expect(database.failedLogins).toBe(0);
  });

  it('of an imported secret uses the admin in its value', async () => {
    addAdmin();
    database.addUser('app', 'changed by hand');
    const arn = secret({ ...facts, password: canary, masterarn: 'dev/payments/admin' });

    expect((await runAll(arn))[1]).toBe('reset-by-admin');
    expect(database.failedLogins).toBe(2);
  });

  it('moves to another user where the catalog names one', async () => {
    addAdmin();
    database.addUser('app', canary);
    const tags = {
      [secretTag.username]: 'new_app',
      [secretTag.admin]: 'dev/payments/admin',
      [secretTag.provision]: 'public=read-only',
    };
    const arn = secret({ ...facts, password: canary }, tags);

    expect((await runAll(arn))[1]).toBe('created-by-admin');
    expect(stored(arn, 'AWSCURRENT')).toMatchObject({ username: 'new_app' });
  });

  it('does not move to another user without an admin', async () => {
    const arn = secret({ ...facts, password: canary }, { [secretTag.username]: 'new_app' });
    await run(arn, 'createSecret');
    await expect(run(arn, 'setSecret')).rejects.toMatchObject({ code: 'username-changed' });
  });

  it('carries on where a crash left it between setSecret and finishSecret', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');
    await run(arn, 'setSecret');

    expect(await runAll(arn)).toEqual(['adopted', 'already-set', 'pending-logs-in', 'promoted']);
    expect(database.failedLogins).toBe(1);
  });

  it('looks once whether a change was committed whose answer was lost', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');
    ports = {
      ...ports,
      database: database.port(({ operation }) =>
        Promise.resolve(operation === 'database.commit' ? 'lose-answer' : 'go'),
      ),
    };

    expect(await run(arn, 'setSecret')).toBe('set-in-spite-of-error');
    expect([database.logins, database.failedLogins]).toEqual([2, 0]);
  });

  it('rotates a credential that was put by hand while it was on its way', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');
    await run(arn, 'setSecret');
    secrets.put(arn, 'put-by-hand-1', JSON.stringify({ ...facts, password: 'put by hand' }));

    expect(await runAll(arn)).toEqual(['adopted', 'already-set', 'pending-logs-in', 'promoted']);
    expect(stored(arn, 'AWSCURRENT')).toMatchObject({ password: 'generated-1' });
  });

  it('leaves the password alone where it was cancelled before the lock was taken', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');
    ports = {
      ...ports,
      database: database.port(({ operation }) => {
        if (operation === 'database.lock') secrets.cancelRotation(arn);
        return Promise.resolve('go');
      }),
    };

    await expect(run(arn, 'setSecret')).rejects.toMatchObject({ code: 'superseded' });
    expect(database.accepts({ username: 'app', password: canary })).toBe(true);
  });

  it.each(['network', 'tls', 'locked', 'privilege', 'unknown'] as const)(
    'tries no other credential after a failure of kind %s',
    async (kind) => {
      database.addUser('app', canary);
      const arn = secret({ ...facts, password: canary });
      await run(arn, 'createSecret');
      let logins = 0;
      const model = database.port(() => {
        logins += 1;
        return Promise.resolve('go');
      });
      database.fault = new DatabaseError(kind, 'injected', { retryable: false });
      ports = { ...ports, database: model };

      await expect(run(arn, 'setSecret')).rejects.toMatchObject({ code: `database-${kind}` });
      expect(logins).toBe(1);
    },
  );

  it('says what to do where no stored password logs in and there is no admin', async () => {
    database.addUser('app', 'unknown to all');
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');

    await expect(run(arn, 'setSecret')).rejects.toThrow(
      `Secret ${name}: user "app" logs in with none of the stored passwords, and no admin is declared; set its password to the AWSCURRENT one, or declare an admin, then rotate`,
    );
  });
});

describe('testSecret', () => {
  it('alone, before the first rotation, checks the admin and changes nothing', async () => {
    addAdmin();
    const tags = {
      [secretTag.host]: 'db.internal',
      [secretTag.username]: 'app',
      [secretTag.admin]: 'dev/payments/admin',
      [secretTag.provision]: 'public=read-only',
    };
    const arn = secret({ password: canary }, tags);

    expect(await run(arn, 'testSecret')).toBe('configuration-holds');

    expect(database.users.has('app')).toBe(false);
    expect(secrets.value(arn, 'AWSPENDING')).toBeUndefined();
    expect(database.failedLogins).toBe(0);
  });

  it('alone, later, logs in with the current credential', async () => {
    database.addUser('app', canary);
    expect(await run(secret({ ...facts, password: canary }), 'testSecret')).toBe('configuration-holds');
  });

  it('alone, with a copy of the current value under the token, is the same', async () => {
    addAdmin();
    const arn = secret(
      { password: canary },
      {
        [secretTag.host]: facts.host,
        [secretTag.username]: 'app',
        [secretTag.admin]: 'dev/payments/admin',
        [secretTag.provision]: '',
      },
    );
    await ports.versions.storePending(arn, token, JSON.stringify({ password: canary }));
    expect(await run(arn, 'testSecret')).toBe('configuration-holds');
  });

  it('alone fails where the configuration does not hold', async () => {
    database.addUser('app', 'unknown to all');
    const arn = secret({ ...facts, password: canary });
    await expect(run(arn, 'testSecret')).rejects.toMatchObject({ code: 'database-auth' });
  });

  it('puts the old password back where neither it nor the new one logs in, and the retry ends the rotation', async () => {
    addAdmin();
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary, masterarn: 'dev/payments/admin' });
    await run(arn, 'createSecret');
    await run(arn, 'setSecret');
    database.users.get('app')!.password = 'changed by hand';

    await expect(run(arn, 'testSecret')).rejects.toMatchObject({ code: 'pending-refused', retryable: true });
    expect(database.accepts({ username: 'app', password: canary })).toBe(true);

    expect((await runAll(arn)).at(-1)).toBe('promoted');
  });

  it('leaves the database alone where the current password still logs in', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');

    await expect(run(arn, 'testSecret')).rejects.toThrow('the current one logs in and stays in use');
  });
});

describe('finishSecret', () => {
  it('promotes nothing that does not log in', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');

    await expect(run(arn, 'finishSecret')).rejects.toMatchObject({ code: 'database-auth' });
    expect(stored(arn, 'AWSCURRENT')).toMatchObject({ password: canary });
  });

  it('gives up, for a retry, where AWSCURRENT keeps moving', async () => {
    database.addUser('app', canary);
    const arn = secret({ ...facts, password: canary });
    await run(arn, 'createSecret');
    await run(arn, 'setSecret');
    ports = { ...ports, versions: { ...ports.versions, promote: () => Promise.resolve('moved-elsewhere') } };

    await expect(run(arn, 'finishSecret')).rejects.toMatchObject({ code: 'superseded', retryable: true });
  });
});
