/** A secret leaves `alternating-users` on real servers: applications keep working, and the second user ends without a login. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import type { CheckReport, CodedError, DatabaseEngine, RotationStrategy } from '../../../lib/contract/index.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { DatabaseUnderTest } from '../../_helpers/database-contract.ts';
import { objectionIn } from '../../_helpers/foresight.ts';
import { MysqlBench } from '../../_helpers/mysql-bench.ts';
import { preparePostgres } from '../../_helpers/postgres-under-test.ts';
import { RealRotation, type SecretStore } from '../../_helpers/real-rotation.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

interface Left {
  readonly user: Credential;
  readonly cloneName: string;
  readonly rotation: RealRotation;
  readonly under: DatabaseUnderTest;
  /** The credential of an application that has the second user. */
  readonly second: Credential;
  readonly leave: () => Promise<void>;
}

let users = 0;

/** Two users with equal rights, of which the second one is in use. */
const twoUsers = async (
  engine: DatabaseEngine,
  under: DatabaseUnderTest,
  strategy: RotationStrategy,
): Promise<Left> => {
  const { address, admin, database, rights } = under;
  // Roles of PostgreSQL are the server's, and outlive the database of a test.
  const user = { username: `shopper${(users += 1)}`, password: 'the first password' };
  const cloneName = `${user.username}_clone`;
  if (admin === 'function-role') throw new Error('this engine’s admin does not log in');
  await under.addUser(user);
  await rights!.give(user.username, 'first');
  let model: SecretsManagerModel | undefined;
  const store = (now: () => Date): SecretStore => {
    const secrets = (model = new SecretsManagerModel(now));
    return {
      versions: secrets.port(),
      create: (name, options) => Promise.resolve(secrets.create(name, options)),
      startRotation: (arn, token) => {
        secrets.startRotation(arn, token);
        return Promise.resolve();
      },
    };
  };
  const rotation = await RealRotation.create({ engine, address, admin, database }, 'alternating-users', user, store);
  await rotation.rotate();
  const second = await rotation.stored('AWSCURRENT');
  expect(second.username).toBe(cloneName);
  return {
    user,
    cloneName,
    rotation,
    under,
    second,
    leave: async () => {
      const { tags } = await rotation.ports.versions.describe(rotation.arn);
      const { [secretTag.grace]: grace = '', ...others } = tags;
      const changed = { ...others, [secretTag.strategy]: strategy };
      const tagsNow = strategy === 'single-user' ? changed : { ...changed, [secretTag.grace]: grace };
      model!.configure(rotation.arn, { tags: tagsNow });
    },
  };
};

const codesOf = ({ notices = [] }: CheckReport): string[] => notices.map(({ code }) => code);

const codeOf = (running: Promise<unknown>): Promise<string> =>
  running.then(
    () => 'none',
    (error: unknown) => (error as CodedError).code,
  );

const describeOn = (
  engine: DatabaseEngine,
  strategies: readonly RotationStrategy[],
  underOf: () => DatabaseUnderTest,
): void => {
  describe.each(strategies)('to %s', (strategy) => {
    it('a forced rotation locks out the first user, and preflight and the sweep report a second one that remains', async () => {
      const { user, cloneName, rotation, under, second, leave } = await twoUsers(engine, underOf(), strategy);
      await leave();

      await rotation.rotate(await rotation.start(`forced-${randomUUID()}`));
      expect([await rotation.accepts(user), await rotation.accepts(second)]).toEqual([false, true]);
      await rotation.rotate(await rotation.start(`forced-${randomUUID()}`));
      // No label names the second user any more.
      expect(codesOf(await rotation.check())).toContain('user-remains');
      rotation.pass(25);
      expect(await rotation.sweep()).toMatchObject({ failed: 0, secondPasswords: 1 });
      expect([await under.userExists(cloneName), await rotation.accepts(second)]).toEqual([true, true]);
    });

    it.each([
      ['with the hourly sweep before the next rotation', true],
      ['with the next rotation first', false],
    ])('keeps every application at work, %s', async (_order, sweepsFirst) => {
      const { user, cloneName, rotation, under, second, leave } = await twoUsers(engine, underOf(), strategy);
      const application = await under.openSession!(second);
      const rightsBefore = await under.rights!.of(cloneName);
      await leave();

      // Applications may still use the first user: it stays as it is for its grace time.
      expect(objectionIn(await rotation.check())?.code).toBe('rotation-waits');
      expect(await codeOf(rotation.rotate())).toBe('within-grace');
      expect(await rotation.accepts(user)).toBe(true);
      rotation.pass(25);
      if (sweepsFirst) expect(await rotation.sweep()).toMatchObject({ failed: 0 });
      expect([await rotation.accepts(second), await application.ended()]).toEqual([true, false]);

      await rotation.rotate();
      const first = await rotation.stored('AWSCURRENT');
      expect(first.username).toBe(user.username);
      expect([await rotation.accepts(first), await rotation.accepts(second)]).toEqual([true, true]);
      expect(await application.ended()).toBe(false);
      expect(await under.rights!.of(user.username)).toEqual(rightsBefore);
      if (under.ownership) await under.ownership.make(second, 'made by the second');
      rotation.pass(23);
      expect(await rotation.sweep()).toMatchObject({ discarded: 0, failed: 0 });
      expect(await application.ended()).toBe(false);

      rotation.pass(2);
      expect(await rotation.sweep()).toMatchObject({ discarded: 1, failed: 0 });
      expect(await application.ended()).toBe(true);
      expect(await under.userExists(cloneName)).toBe(false);
      expect(await rotation.accepts(first)).toBe(true);
      expect(await under.rights!.of(user.username)).toEqual(rightsBefore);
      if (under.ownership) await under.ownership.alter(first, 'made by the second');

      expect(codesOf(await rotation.check())).not.toContain('user-remains');
      // The role that owned the objects of both stays on PostgreSQL, and cannot log in.
      expect(await under.userExists(`${user.username}_owner`)).toBe(engine === 'postgres');
      await rotation.rotate();
      expect(await rotation.accepts(await rotation.stored('AWSCURRENT'))).toBe(true);
      expect(objectionIn(await rotation.check())?.code).toBe(strategy === 'single-user' ? undefined : 'rotation-waits');
    });
  });
};

describe('PostgreSQL', () => {
  let postgres: LocalPostgres;
  let under: DatabaseUnderTest;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates() });
  });
  afterAll(() => postgres.stop());
  beforeEach(async () => {
    under = await preparePostgres(postgres);
  });

  describeOn('postgres', ['single-user'], () => under);
});

describe.each(['mysql', 'mariadb'] as const)('%s', (flavour) => {
  const bench = new MysqlBench(flavour);

  describeOn(flavour, flavour === 'mysql' ? ['single-user', 'dual-password'] : ['single-user'], () => bench.under);
});
