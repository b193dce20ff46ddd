/**
 * The four steps of a rotation on real servers, compared with AWS's rotation functions: AWS calls, connections, wall time.
 *
 * Both rotate a secret of their own on the same server, in turns, in this process. AWS is a model in memory; its calls
 * take no time, or as long as a round trip in a region does. The peer is a model of AWS's Python on Node's drivers
 * (`peers/aws-rotation-order.ts`). Each rotation of ours is one of a function that has just started, and reads its
 * authorities; what a start costs besides, `bundles` says.
 */
import os from 'node:os';
import Table from 'cli-table3';
import { randomPasswords } from '../lambdas/databases/passwords.ts';
import { engineFacts, rotationSteps, secretTag, type RotationStep } from '../lib/contract/index.ts';
import { createLocalCertificates } from '../local/tls.ts';
import { SecretsManagerModel } from '../test/_helpers/secrets-manager-model.ts';
import { awsRotationOrder, type PeerStrategy } from './peers/aws-rotation-order.ts';
import { awsCalls, type Contender, type Counts } from './support/contender.ts';
import { medianOf } from './support/median.ts';
import { ours } from './support/own-rotation.ts';
import { benchServers, type BenchServer, type RunningServer } from './support/rotation-servers.ts';

const rotations = 25;
const latenciesMs = [0, 8] as const;
const secretName = 'dev/payments/orders-db';
const adminName = 'dev/payments/admin';

interface Figures extends Counts {
  readonly server: string;
  readonly what: string;
  readonly who: Contender['name'];
  readonly awsLatencyMs: number;
  /** Medians, in milliseconds. */
  readonly steps: Readonly<Record<RotationStep, number>>;
  readonly totalMs: number;
  /** Of the peer's time; absent if there is no peer. */
  readonly ratio?: number;
}

interface Case {
  readonly what: string;
  /** Tags beyond the place of the database. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether each rotation is the first of a user of its own. */
  readonly first?: boolean;
  /** Absent if AWS has no equivalent. */
  readonly peer?: PeerStrategy;
}

const admin = { [secretTag.admin]: adminName };
const provision = { ...admin, [secretTag.provision]: 'public=read-write' };

/** What can be measured on an engine follows from its facts. */
const casesOf = ({ engine, tls }: BenchServer): readonly Case[] => {
  const { strategies, usersChangedBy } = engineFacts[engine];
  const byUser = usersChangedBy === 'user';
  const singleUser: Case = byUser
    ? { what: 'single-user', tags: {}, peer: 'single-user' }
    : { what: 'single-user', tags: admin };
  if (!tls) return [singleUser];
  return [
    singleUser,
    ...(engine === 'postgres'
      ? [
          { what: 'single-user, provisioned: grants compared', tags: provision },
          { what: 'first rotation: user created with grants', tags: provision, first: true },
        ]
      : []),
    ...(['alternating-users', 'dual-password'] as const)
      .filter((strategy) => strategies.includes(strategy))
      .map((strategy) => ({
        what: strategy,
        tags: { ...admin, [secretTag.strategy]: strategy },
        ...(engine === 'postgres' && strategy === 'alternating-users' && { peer: strategy }),
      })),
  ];
};

export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const certificates = await createLocalCertificates();
  const figures: Figures[] = [];
  for (const server of benchServers) {
    const running = await server.start(certificates);
    try {
      for (const [index, what] of casesOf(server).entries()) {
        for (const latencyMs of latenciesMs) {
          figures.push(...(await measure(what, `case_${index}_${latencyMs}`, latencyMs, server, running)));
        }
      }
    } finally {
      await running.server.stop();
    }
  }
  const loadAverage = os.loadavg().map((load) => Math.round(load * 10) / 10);
  if (json) console.log(JSON.stringify({ rotations, loadAverage, figures }, undefined, 2));
  else print(figures, loadAverage);
};

/** What one contender did so far. */
interface Course {
  readonly contender: Contender;
  readonly times: Record<RotationStep, number[]>;
  secrets: SecretsManagerModel;
  arn: string;
  counts: Counts;
}

const measure = async (
  what: Case,
  user: string,
  awsLatencyMs: number,
  server: BenchServer,
  running: RunningServer,
): Promise<readonly Figures[]> => {
  const contenders = [ours, ...(what.peer && running.peer ? [awsRotationOrder(running.peer, what.peer)] : [])];
  const courses = contenders.map((contender): Course => ({
    contender,
    times: { createSecret: [], setSecret: [], testSecret: [], finishSecret: [] },
    secrets: new SecretsManagerModel(),
    arn: '',
    counts: { awsCalls: 0, connections: 0, failedConnections: 0 },
  }));
  // The first of a secret's rotations checks the configuration before it, and is measured apart.
  for (let count = what.first ? 0 : -1; count < rotations; count++) {
    // The second one finds the caches of the machine warm, so the order changes.
    for (const course of count % 2 === 0 ? courses : [...courses].reverse()) {
      if (what.first || count === -1) {
        const username = `${user}${course.contender.suffix}${what.first ? `_${count}` : ''}`;
        course.secrets = new SecretsManagerModel();
        course.arn = await prepare(course.secrets, what, username, server, running);
      }
      await rotateOnce(course, count, awsLatencyMs, running);
    }
  }
  const totals = courses.map(({ times }) => medianOf(totalsOf(times)));
  return courses.map(({ contender, times, counts }, index) => ({
    server: server.label,
    what: what.what,
    who: contender.name,
    awsLatencyMs,
    steps: Object.fromEntries(rotationSteps.map((step) => [step, round(medianOf(times[step]))])) as Figures['steps'],
    totalMs: round(totals[index] ?? 0),
    ...(totals.length > 1 && { ratio: (totals[index] ?? 0) / (totals[1] ?? 0) }),
    ...counts,
  }));
};

const rotateOnce = async (course: Course, count: number, latencyMs: number, running: RunningServer): Promise<void> => {
  const { contender, secrets, arn, times } = course;
  const counts: Counts = { awsCalls: 0, connections: 0, failedConnections: 0 };
  const token = `rotation-${count}-`.padEnd(32, 'x');
  const steps = await contender.begin(running, {
    arn,
    token,
    aws: awsCalls(secrets.port(), counts, latencyMs),
    counts,
  });
  secrets.startRotation(arn, token);
  for (const step of rotationSteps) {
    const start = performance.now();
    await steps.run(step);
    if (count >= 0) times[step].push(performance.now() - start);
  }
  await steps.end();
  course.counts = counts;
};

const totalsOf = (times: Course['times']): number[] =>
  times.createSecret.map((_, index) => rotationSteps.reduce((sum, step) => sum + (times[step][index] ?? 0), 0));

/** A secret for a user: an existing user, or no user yet for a first rotation. */
const prepare = async (
  secrets: SecretsManagerModel,
  { tags, first = false }: Case,
  username: string,
  { engine, tls }: BenchServer,
  { server: { host, port, adminUser, adminPassword }, dbname, addUser }: RunningServer,
): Promise<string> => {
  const password = randomPasswords.generate();
  const place = { engine, host, port, ...(dbname !== undefined && { dbname }) };
  const masterarn = secrets.create(adminName, {
    value: JSON.stringify({ ...place, username: adminUser, password: adminPassword }),
  });
  if (!first) await addUser(username, password);
  const byAdmin = secretTag.admin in tags && { masterarn };
  return secrets.create(secretName, {
    value: JSON.stringify(first ? { password } : { ...place, ...byAdmin, username, password }),
    tags: {
      ...tags,
      ...(!tls && { [secretTag.tls]: 'disable' }),
      [secretTag.host]: host,
      [secretTag.port]: String(port),
      ...(dbname !== undefined && { [secretTag.dbname]: dbname }),
      [secretTag.username]: username,
    },
  });
};

const print = (figures: readonly Figures[], loadAverage: readonly number[]): void => {
  const head = ['server', 'rotation', 'who', 'AWS calls', 'connections', 'failed', 'an AWS call', ...rotationSteps];
  const table = new Table({
    head: [...head, 'together', 'of the peer’s'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'left', ...Array<'right'>(10).fill('right')],
  });
  for (const { server, what, who, awsLatencyMs, steps, totalMs, ratio, ...counts } of figures) {
    table.push([
      server,
      what,
      who,
      counts.awsCalls,
      counts.connections,
      counts.failedConnections,
      `${awsLatencyMs} ms`,
      ...rotationSteps.map((step) => `${steps[step]} ms`),
      `${totalMs} ms`,
      ratio === undefined ? '' : ratio.toFixed(2),
    ]);
  }
  console.log(table.toString());
  console.log(
    `Medians of ${rotations} rotations each, in turns; load average ${loadAverage.join(', ')} on ${os.availableParallelism()} cores.`,
  );
};

const round = (milliseconds: number): number => Math.round(milliseconds * 10) / 10;
