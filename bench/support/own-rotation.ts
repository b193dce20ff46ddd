/** The platform's own four steps, in a function that has just started: its authorities are read in each rotation. */
import { randomPasswords } from '../../lambdas/databases/passwords.ts';
import type { Clock } from '../../lambdas/runtime/clock.ts';
import type { Database } from '../../lambdas/databases/port.ts';
import type { Instances } from '../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../lambdas/rotation/core/proofs.ts';
import { rotate } from '../../lambdas/rotation/actions/rotate.ts';
import { countConnection, type Contender, type Counts } from './contender.ts';

export const ours: Contender = {
  name: 'ours',
  suffix: '',
  begin: async ({ openDatabase }, { arn, token, aws, counts }) => {
    const ports = {
      versions: aws.versions,
      database: countingDatabase(await openDatabase(), counts),
      instances: noInstances,
      passwords: randomPasswords,
      clock,
      proofs: recentProofs(clock),
    };
    return {
      run: async (step) => {
        await rotate({ Step: step, SecretId: arn, ClientRequestToken: token }, ports, 'dev');
      },
      end: () => Promise.resolve(),
    };
  },
};

const clock: Clock = { now: () => new Date(), pause: () => Promise.resolve(), hasTime: () => true };
const noInstances: Instances = {
  describe: () => Promise.reject(new Error('No instance is named')),
  setMasterPassword: () => Promise.reject(new Error('No instance is named')),
};

/** Each of these opens one connection. */
const countingDatabase = (database: Database, counts: Counts): Database => {
  const counted = <Result>(work: () => Promise<Result>): Promise<Result> => countConnection(counts, work);
  const { cloneUser } = database;
  return {
    ...database,
    login: (...args) => counted(() => database.login(...args)),
    changeOwnPassword: (...args) => counted(() => database.changeOwnPassword(...args)),
    changeUser: (...args) => counted(() => database.changeUser(...args)),
    checkAdmin: (...args) => counted(() => database.checkAdmin(...args)),
    ...(cloneUser && { cloneUser: (...args: Parameters<typeof cloneUser>) => counted(() => cloneUser(...args)) }),
  };
};
