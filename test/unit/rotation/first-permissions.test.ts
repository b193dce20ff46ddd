/** AWS needs some minutes until a new policy or KMS alias is in force everywhere: the first rotation waits for that. */
import { beforeEach, describe, expect, it } from 'vitest';
import { RotationError } from '../../../lambdas/rotation/core/rotation-error.ts';
import { databaseEngines, engineFacts, secretTag } from '../../../lib/contract/index.ts';
import { adminTag, canary, facts, RotationBench, token } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;
let calls: number;

beforeEach(() => {
  bench = new RotationBench();
  calls = 0;
});

const denied = () => new RotationError('aws-denied', 'Could not do it (AccessDeniedException)', { retryable: false });

type Port = 'versions' | 'instances' | 'database';

/** The first calls of a method are denied, so many; counted are those of this method. */
const deny = (port: Port, method: string, times: number): void => {
  const part = bench.ports[port] as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const call = part[method]!;
  const changed = {
    ...part,
    [method]: (...args: unknown[]) =>
      !bench.isForeseeing && (calls += 1) <= times ? Promise.reject(denied()) : call(...args),
  };
  bench.ports = { ...bench.ports, [port]: changed };
};

const rotatedBefore = (arn: string) => {
  bench.secrets.configure(arn, { lastRotatedAt: new Date('2025-12-01T00:00:00Z') });
};

describe('in the first rotation of a secret', () => {
  it.each(['describe', 'read', 'mark', 'storePending', 'promote'])(
    'a denied call is made again until it is permitted: %s',
    async (method) => {
      const arn = bench.working();
      deny('versions', method, 3);

      expect(await bench.runAll(arn)).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);

      expect(calls).toBeGreaterThan(3);
      expect(bench.database.failedLogins).toBe(0);
    },
  );

  it('RDS is asked again', async () => {
    bench.database.addUser('master', canary);
    bench.instances.add('db-1', { ...facts, masterUsername: 'master' });
    const tags = { [secretTag.rds]: 'db-1', [secretTag.strategy]: 'admin', [secretTag.username]: 'master' };
    const arn = bench.secret({ username: 'master', password: canary }, tags);
    deny('instances', 'setMasterPassword', 3);

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });

  const byRole = databaseEngines.filter((engine) => engineFacts[engine].usersChangedBy === 'function-role');
  it.each(byRole)('the API that keeps the users of %s is asked again', async (engine) => {
    bench = new RotationBench({ engine });
    const arn = bench.working();
    deny('database', 'changeUser', 3);

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });

  it('the password is generated once, and one mark is left for it', async () => {
    const arn = bench.working();
    deny('versions', 'storePending', 5);

    await bench.run(arn, 'createSecret');

    const { tags } = await bench.ports.versions.describe(arn);
    expect(Object.keys(tags).filter((tag) => tag.startsWith('strongroom:pending/'))).toHaveLength(1);
    expect(bench.secrets.value(arn, 'AWSPENDING')).toContain('generated-1');
  });

  it('the pending version stays for the next try where the time of a step is not enough', async () => {
    const arn = bench.working();
    bench.attemptsLeft = 4;
    deny('versions', 'storePending', 1_000);

    await expect(bench.run(arn, 'createSecret')).rejects.toMatchObject({ code: 'aws-denied', retryable: true });

    bench.attemptsLeft = 50;
    deny('versions', 'storePending', 0);
    expect(bench.secrets.labelled(arn)).toContainEqual({ stage: 'AWSPENDING', versionId: token, value: undefined });
  });
});

describe('in every later rotation', () => {
  it.each(['mark', 'storePending'])('a denied call is an answer, and not made again: %s', async (method) => {
    const arn = bench.working();
    rotatedBefore(arn);
    deny('versions', method, 1);

    await expect(bench.run(arn, 'createSecret')).rejects.toMatchObject({ code: 'aws-denied', retryable: false });

    expect(calls).toBe(1);
  });

  it('a denied description is asked for a few times, since it alone says which rotation this is', async () => {
    const arn = bench.working(adminTag);
    rotatedBefore(arn);
    deny('versions', 'describe', 1_000);

    await expect(bench.run(arn, 'createSecret')).rejects.toMatchObject({ code: 'aws-denied', retryable: false });

    expect(calls).toBe(5);
  });
});

it('a check says at once what is denied', async () => {
  const arn = bench.working();
  deny('versions', 'read', 1);

  const report = await bench.check(arn);

  expect(report.checks.find(({ outcome }) => outcome === 'failed')).toMatchObject({ code: 'aws-denied' });
});
