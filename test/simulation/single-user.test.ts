import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../lambdas/rotation/rotation-error.ts';
import { rotationSteps } from '../../lib/contract/index.ts';
import { explore, type Bound, type Script } from './explore.ts';
import { scenarios, World, type Sabotage } from './world.ts';

const whole: Script = rotationSteps;

/** What a second worker does beside the first: everything, a late repetition, or steps in another order. */
const companions: Readonly<Record<string, Script>> = {
  'the whole rotation': whole,
  'setSecret and testSecret again': ['setSecret', 'testSecret'],
  'finishSecret before its time': ['finishSecret'],
  'steps backwards': ['finishSecret', 'testSecret', 'setSecret', 'createSecret'],
};

const report = (what: string, schedules: number): void => {
  console.log(`${schedules.toLocaleString('en').padStart(9)} schedules  ${what}`);
};

describe.each(scenarios)('single-user with $name', (scenario) => {
  it('survives every fault at every point, one worker', async () => {
    const { schedules, counterExample } = await explore(scenario, [whole], { faults: 2, switches: 0 });
    report(`${scenario.name}: one worker, 2 faults`, schedules);
    expect(counterExample).toBeUndefined();
    expect(schedules).toBeGreaterThan(1_000);
  });

  it.each(Object.entries(companions))('survives %s by a second worker', async (name, companion) => {
    const bound: Bound = { faults: 1, switches: 1 };
    const { schedules, counterExample } = await explore(scenario, [whole, companion], bound);
    report(`${scenario.name}: beside ${name}, 1 fault, 1 switch`, schedules);
    expect(counterExample).toBeUndefined();
  });

  it('survives two workers that take turns', async () => {
    const { schedules, counterExample } = await explore(scenario, [whole, whole], { faults: 0, switches: 3 });
    report(`${scenario.name}: two workers, 3 switches`, schedules);
    expect(counterExample).toBeUndefined();
  });
});

describe('an undisturbed rotation', () => {
  it('costs no failed login', async () => {
    for (const scenario of scenarios.slice(0, 3)) {
      const world = new World(scenario);
      await world.settle();
      expect(world.violations).toEqual([]);
      expect(world.database.failedLogins).toBe(0);
    }
  });
});

describe('the simulation notices', () => {
  const [ownPassword, provisioned, , changedByHand] = scenarios;
  const find = (
    sabotage: Sabotage,
    scenario = ownPassword!,
    scripts = [whole],
    bound: Bound = { faults: 2, switches: 0 },
  ) => explore(scenario, scripts, bound, sabotage);

  it('a stored value that another try replaces', async () => {
    const { counterExample } = await find((ports) => ({
      ...ports,
      versions: {
        ...ports.versions,
        // As if the pending value were never found, and each try set a fresh one.
        read: async (id, version) => ('versionId' in version ? undefined : ports.versions.read(id, version)),
      },
    }));
    expect(counterExample).toBeDefined();
  });

  it('a promotion that is not compared', async () => {
    const { counterExample } = await find((ports) => ({
      ...ports,
      versions: { ...ports.versions, promote: () => Promise.resolve('promoted') },
    }));
    expect(counterExample?.violations).toContain('the rotation did not end');
  });

  it('a refused login that is taken for success', async () => {
    const { counterExample } = await find(
      (ports) => ({
        ...ports,
        database: { ...ports.database, login: () => Promise.resolve() },
      }),
      ownPassword,
      [whole, companionsOutOfOrder],
      { faults: 1, switches: 1 },
    );
    expect(counterExample?.violations).toContain('the promoted credential does not log in');
  });

  it('a broken connection that is taken for a wrong password', async () => {
    const asAuth = async <Result>(work: Promise<Result>): Promise<Result> => {
      try {
        return await work;
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        throw new DatabaseError('auth', error.message, { retryable: false });
      }
    };
    const { counterExample } = await find(
      (ports) => ({
        ...ports,
        database: { ...ports.database, login: (...args) => asAuth(ports.database.login(...args)) },
      }),
      ownPassword,
      [whole],
      { faults: 1, switches: 0 },
    );
    expect(counterExample?.violations.join()).toContain('another credential was tried');
  });

  it('a change of the password that did not happen', async () => {
    const { counterExample } = await find((ports) => ({
      ...ports,
      database: { ...ports.database, changeOwnPassword: () => Promise.resolve('changed') },
    }));
    expect(counterExample).toBeDefined();
  });

  it('a user that is created with another password than the stored one', async () => {
    const { counterExample } = await find(
      (ports) => ({
        ...ports,
        database: {
          ...ports.database,
          changeUser: (address, admin, change, confirm) =>
            ports.database.changeUser(address, admin, { ...change, password: 'another' }, confirm),
        },
      }),
      provisioned,
    );
    expect(counterExample).toBeDefined();
  });

  it('an old password that is put back without asking under the lock whether it is still wanted', async () => {
    const { counterExample } = await find(
      (ports) => ({
        ...ports,
        database: {
          ...ports.database,
          changeUser: (address, admin, change) =>
            ports.database.changeUser(address, admin, change, () => Promise.resolve(true)),
        },
      }),
      changedByHand,
      [whole, ['testSecret']],
      { faults: 0, switches: 2 },
    );
    expect(counterExample?.violations).toContain('the promoted credential does not log in');
  });

  it('a secret in an error', async () => {
    const { counterExample } = await find((ports) => ({
      ...ports,
      database: {
        ...ports.database,
        login: (_address, { password }) =>
          Promise.reject(new DatabaseError('unknown', `refused ${password}`, { retryable: false })),
      },
    }));
    expect(counterExample?.violations.join()).toContain('an error has a secret in it');
  });
});

const companionsOutOfOrder: Script = ['finishSecret'];
