/**
 * The four steps of a rotation against a real PostgreSQL over TLS: wall time of each, AWS calls, logins and failed logins.
 * AWS answers from memory, so the time is the database's and ours; add a round trip for each AWS call.
 *
 * The peer is AWS's own order of tries, pending credential first, through the same adapter on the same server.
 */
import Table from 'cli-table3';
import { postgresDatabase } from '../lambdas/adapters/postgres/database.ts';
import { trustIn } from '../lambdas/adapters/database-trust.ts';
import { recentProofs } from '../lambdas/rotation/proofs.ts';
import { randomPasswords } from '../lambdas/rotation/passwords.ts';
import type { Clock, Database, Instances, RotationPorts, SecretVersions } from '../lambdas/rotation/ports.ts';
import { DatabaseError } from '../lambdas/rotation/rotation-error.ts';
import { rotate } from '../lambdas/rotation/rotate.ts';
import { rotationSteps, secretTag, type RotationStep } from '../lib/contract/index.ts';
import { startPostgres, type LocalPostgres } from '../local/databases/postgres.ts';
import { createLocalCertificates } from '../local/tls.ts';
import { SecretsManagerModel } from '../test/_helpers/secrets-manager-model.ts';
import { medianOf } from './support/median.ts';

const rotations = 25;
const secretName = 'dev/payments/orders-db';
const adminName = 'dev/payments/admin';

interface Counts {
  awsCalls: number;
  logins: number;
  failedLogins: number;
}

interface Figures extends Counts {
  readonly what: string;
  /** Medians, in milliseconds. */
  readonly steps: Readonly<Record<RotationStep, number>>;
  readonly totalMs: number;
}

interface Case {
  readonly what: string;
  /** Tags beyond the place of the database. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether each rotation is the first of a user of its own. */
  readonly first: boolean;
  readonly change?: (ports: RotationPorts) => RotationPorts;
}

const provision = { [secretTag.admin]: adminName, [secretTag.provision]: 'public=read-write' };

const cases: readonly Case[] = [
  { what: 'user changes its own password', tags: {}, first: false },
  { what: 'provisioned user: grants looked at first', tags: provision, first: false },
  { what: 'first rotation: user created with grants', tags: provision, first: true },
  { what: 'peer: pending credential tried first', tags: {}, first: false, change: (ports) => pendingFirst(ports) },
];

const clock: Clock = { now: () => new Date(), pause: () => Promise.resolve(), hasTime: () => true };
const proofs = recentProofs(clock);
const noInstances: Instances = {
  describe: () => Promise.reject(new Error('No instance is named')),
  setMasterPassword: () => Promise.reject(new Error('No instance is named')),
};

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const certificates = await createLocalCertificates();
  const postgres = await startPostgres({ certificates, databases: ['orders'] });
  try {
    const database = postgresDatabase({
      trust: trustIn([certificates.ca]),
      deadline: { remainingMs: () => 30_000 },
    });
    const figures: Figures[] = [];
    for (const [index, what] of cases.entries()) figures.push(await measure(what, `case_${index}`, postgres, database));
    if (json) console.log(JSON.stringify({ rotations, figures }, undefined, 2));
    else print(figures);
  } finally {
    await postgres.stop();
  }
};

const measure = async (
  { what, tags, first, change = (ports) => ports }: Case,
  user: string,
  postgres: LocalPostgres,
  database: Database,
): Promise<Figures> => {
  const times: Record<RotationStep, number[]> = { createSecret: [], setSecret: [], testSecret: [], finishSecret: [] };
  let counts: Counts = { awsCalls: 0, logins: 0, failedLogins: 0 };
  let secrets = new SecretsManagerModel();
  let arn = '';
  for (let count = 0; count < rotations; count++) {
    if (first || count === 0) {
      secrets = new SecretsManagerModel();
      arn = await prepare(secrets, postgres, `${user}_${count}`, tags, first);
    }
    counts = { awsCalls: 0, logins: 0, failedLogins: 0 };
    const ports = change({
      versions: countingVersions(secrets.port(), counts),
      database: countingDatabase(database, counts),
      instances: noInstances,
      passwords: randomPasswords,
      clock,
      proofs,
    });
    const token = `rotation-${count}`.padEnd(32, '0');
    secrets.startRotation(arn, token);
    for (const step of rotationSteps) {
      const start = performance.now();
      await rotate({ Step: step, SecretId: arn, ClientRequestToken: token }, ports, 'dev');
      times[step].push(performance.now() - start);
    }
  }
  const steps = Object.fromEntries(
    rotationSteps.map((step) => [step, round(medianOf(times[step]))]),
  ) as Figures['steps'];
  const totals = times.createSecret.map((_, index) =>
    rotationSteps.reduce((sum, step) => sum + (times[step][index] ?? 0), 0),
  );
  return { what, steps, totalMs: round(medianOf(totals)), ...counts };
};

/** A secret for a user: one that is there, or for a first rotation none. */
const prepare = async (
  secrets: SecretsManagerModel,
  postgres: LocalPostgres,
  username: string,
  tags: Readonly<Record<string, string>>,
  first: boolean,
): Promise<string> => {
  const { adminUser, adminPassword, host, port } = postgres;
  const password = randomPasswords.generate();
  secrets.create(adminName, { value: JSON.stringify({ host, port, username: adminUser, password: adminPassword }) });
  // The generated passwords have no character that SQL would have to quote.
  if (!first) await postgres.query(`CREATE ROLE ${username} LOGIN PASSWORD '${password}'`);
  const place = { engine: 'postgres', host, port, dbname: 'orders', username };
  return secrets.create(secretName, {
    value: JSON.stringify(first ? { password } : { ...place, password }),
    tags: {
      ...tags,
      [secretTag.host]: host,
      [secretTag.port]: String(port),
      [secretTag.dbname]: 'orders',
      [secretTag.username]: username,
    },
  });
};

const countingVersions = (versions: SecretVersions, counts: Counts): SecretVersions => {
  const counted = <Result>(result: Result): Result => {
    counts.awsCalls += 1;
    return result;
  };
  return {
    describe: (...args) => counted(versions.describe(...args)),
    read: (...args) => counted(versions.read(...args)),
    storePending: (...args) => counted(versions.storePending(...args)),
    promote: (...args) => counted(versions.promote(...args)),
    removeLabel: (...args) => counted(versions.removeLabel(...args)),
    list: (filter) => counted(versions.list(filter)),
  };
};

const countingDatabase = (database: Database, counts: Counts): Database => {
  const counted = async <Result>(work: Promise<Result>): Promise<Result> => {
    counts.logins += 1;
    try {
      return await work;
    } catch (error) {
      if (error instanceof DatabaseError && error.kind === 'auth') counts.failedLogins += 1;
      throw error;
    }
  };
  return {
    ...database,
    login: (...args) => counted(database.login(...args)),
    changeOwnPassword: (...args) => counted(database.changeOwnPassword(...args)),
    changeUser: (...args) => counted(database.changeUser(...args)),
  };
};

/** Tries the credential to come before the one in use, which in every rotation that goes well is a failed login. */
const pendingFirst = (ports: RotationPorts): RotationPorts => ({
  ...ports,
  database: {
    ...ports.database,
    changeOwnPassword: async (address, credential, password, confirm) => {
      try {
        await ports.database.login(address, { ...credential, password });
        return 'changed';
      } catch (error) {
        if (!(error instanceof DatabaseError && error.kind === 'auth')) throw error;
        return ports.database.changeOwnPassword(address, credential, password, confirm);
      }
    },
  },
});

const print = (figures: readonly Figures[]): void => {
  const table = new Table({
    head: ['rotation', ...rotationSteps, 'together', 'AWS calls', 'logins', 'of them failed'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array<'right'>(8).fill('right')],
  });
  for (const { what, steps, totalMs, awsCalls, logins, failedLogins } of figures) {
    const times = rotationSteps.map((step) => `${steps[step]} ms`);
    table.push([what, ...times, `${totalMs} ms`, awsCalls, logins, failedLogins]);
  }
  console.log(table.toString());
  console.log(
    `Medians of ${rotations} rotations against PostgreSQL over TLS on this machine; AWS answers from memory.`,
  );
};

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
