/**
 * The four steps of a rotation against real servers over TLS, for each engine and strategy: wall time of each step, AWS
 * calls, logins and failed logins. AWS answers from memory, so the time is the database's and ours; add a round trip for
 * each AWS call.
 *
 * The peer is AWS's own order of tries, pending credential first, through the same adapter on the same server.
 */
import Table from 'cli-table3';
import { randomPasswords } from '../lambdas/rotation/passwords.ts';
import type { Clock, Database, Instances, RotationPorts, SecretVersions } from '../lambdas/rotation/ports.ts';
import { recentProofs } from '../lambdas/rotation/proofs.ts';
import { isAuthFailure } from '../lambdas/rotation/rotation-error.ts';
import { rotate } from '../lambdas/rotation/rotate.ts';
import { engineFacts, rotationSteps, secretTag, type RotationStep } from '../lib/contract/index.ts';
import { createLocalCertificates } from '../local/tls.ts';
import { SecretsManagerModel } from '../test/_helpers/secrets-manager-model.ts';
import { medianOf } from './support/median.ts';
import { benchServers, type BenchServer, type RunningServer } from './support/rotation-servers.ts';

const rotations = 25;
const secretName = 'dev/payments/orders-db';
const adminName = 'dev/payments/admin';

interface Counts {
  awsCalls: number;
  logins: number;
  failedLogins: number;
}

interface Figures extends Counts {
  readonly engine: string;
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
  readonly first?: boolean;
  readonly change?: (ports: RotationPorts) => RotationPorts;
}

const admin = { [secretTag.admin]: adminName };
const provision = { ...admin, [secretTag.provision]: 'public=read-write' };

/** What can be measured on an engine follows from its facts. */
const casesOf = ({ engine }: BenchServer): readonly Case[] => {
  const { strategies, usersChangedBy } = engineFacts[engine];
  const byUser = usersChangedBy === 'user';
  return [
    { what: 'single-user', tags: byUser ? {} : admin },
    ...(engine === 'postgres'
      ? [
          { what: 'single-user, provisioned: grants compared', tags: provision },
          { what: 'first rotation: user created with grants', tags: provision, first: true },
        ]
      : []),
    ...(['alternating-users', 'dual-password'] as const)
      .filter((strategy) => strategies.includes(strategy))
      .map((strategy) => ({ what: strategy, tags: { ...admin, [secretTag.strategy]: strategy } })),
    ...(byUser ? [{ what: 'peer: pending credential tried first', tags: {}, change: pendingFirst }] : []),
  ];
};

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const certificates = await createLocalCertificates();
  const figures: Figures[] = [];
  for (const server of benchServers) {
    const running = await server.start(certificates);
    try {
      for (const [index, what] of casesOf(server).entries()) {
        figures.push(await measure(what, `case_${index}`, server, running));
      }
    } finally {
      await running.server.stop();
    }
  }
  if (json) console.log(JSON.stringify({ rotations, figures }, undefined, 2));
  else print(figures);
};

const clock: Clock = { now: () => new Date(), pause: () => Promise.resolve(), hasTime: () => true };
const noInstances: Instances = {
  describe: () => Promise.reject(new Error('No instance is named')),
  setMasterPassword: () => Promise.reject(new Error('No instance is named')),
};

const measure = async (
  { what, tags, first = false, change = (ports) => ports }: Case,
  user: string,
  { label }: BenchServer,
  running: RunningServer,
): Promise<Figures> => {
  const times: Record<RotationStep, number[]> = { createSecret: [], setSecret: [], testSecret: [], finishSecret: [] };
  let counts: Counts = { awsCalls: 0, logins: 0, failedLogins: 0 };
  let secrets = new SecretsManagerModel();
  let arn = '';
  // The first of a secret's rotations checks the configuration before it, and is measured apart.
  for (let count = first ? 0 : -1; count < rotations; count++) {
    if (first || count === -1) {
      secrets = new SecretsManagerModel();
      arn = await prepare(secrets, running, first ? `${user}_${count}` : user, tags, first);
    }
    counts = { awsCalls: 0, logins: 0, failedLogins: 0 };
    const ports = change({
      versions: countingVersions(secrets.port(), counts),
      database: countingDatabase(running.database, counts),
      instances: noInstances,
      passwords: randomPasswords,
      clock,
      proofs: recentProofs(clock),
    });
    const token = `rotation-${count}-`.padEnd(32, 'x');
    secrets.startRotation(arn, token);
    for (const step of rotationSteps) {
      const start = performance.now();
      await rotate({ Step: step, SecretId: arn, ClientRequestToken: token }, ports, 'dev');
      if (count >= 0) times[step].push(performance.now() - start);
    }
  }
  const steps = Object.fromEntries(
    rotationSteps.map((step) => [step, round(medianOf(times[step]))]),
  ) as Figures['steps'];
  const totals = times.createSecret.map((_, index) =>
    rotationSteps.reduce((sum, step) => sum + (times[step][index] ?? 0), 0),
  );
  return { engine: label, what, steps, totalMs: round(medianOf(totals)), ...counts };
};

/** A secret for a user: one that is there, or for a first rotation none. */
const prepare = async (
  secrets: SecretsManagerModel,
  { server, database: { engine }, dbname, addUser }: RunningServer,
  username: string,
  tags: Readonly<Record<string, string>>,
  first: boolean,
): Promise<string> => {
  const { adminUser, adminPassword, host, port } = server;
  const password = randomPasswords.generate();
  secrets.create(adminName, { value: JSON.stringify({ host, port, username: adminUser, password: adminPassword }) });
  if (!first) await addUser(username, password);
  const place = { engine, host, port, ...(dbname !== undefined && { dbname }), username };
  return secrets.create(secretName, {
    value: JSON.stringify(first ? { password } : { ...place, password }),
    tags: {
      ...tags,
      [secretTag.host]: host,
      [secretTag.port]: String(port),
      ...(dbname !== undefined && { [secretTag.dbname]: dbname }),
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
      if (isAuthFailure(error)) counts.failedLogins += 1;
      throw error;
    }
  };
  const { cloneUser } = database;
  return {
    ...database,
    login: (...args) => counted(database.login(...args)),
    changeOwnPassword: (...args) => counted(database.changeOwnPassword(...args)),
    changeUser: (...args) => counted(database.changeUser(...args)),
    checkAdmin: (...args) => counted(database.checkAdmin(...args)),
    ...(cloneUser && { cloneUser: (...args: Parameters<typeof cloneUser>) => counted(cloneUser(...args)) }),
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
        if (!isAuthFailure(error)) throw error;
        return ports.database.changeOwnPassword(address, credential, password, confirm);
      }
    },
  },
});

const print = (figures: readonly Figures[]): void => {
  const table = new Table({
    head: ['engine', 'rotation', ...rotationSteps, 'together', 'AWS calls', 'logins', 'of them failed'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', ...Array<'right'>(8).fill('right')],
  });
  for (const { engine, what, steps, totalMs, awsCalls, logins, failedLogins } of figures) {
    const times = rotationSteps.map((step) => `${steps[step]} ms`);
    table.push([engine, what, ...times, `${totalMs} ms`, awsCalls, logins, failedLogins]);
  }
  console.log(table.toString());
  console.log(`Medians of ${rotations} rotations over TLS on this machine; AWS answers from memory.`);
};

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
