import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../lambdas/databases/errors.ts';
import { steps } from './cases.ts';
import { explore, type Case } from './explore.ts';
import { singleUserScenarios } from './scenarios.ts';
import { firstToken, type Sabotage } from './world.ts';

const [ownPassword, provisioned, , changedByHand] = singleUserScenarios;
const whole = steps(firstToken);
const finishAlone = steps(firstToken, ['finishSecret']);
const alone: Case = { scenario: ownPassword!, actors: [whole], bound: { faults: 1, switches: 0 } };

const find = async (sabotage: Sabotage, what: Partial<Case> = {}): Promise<string> => {
  const { counterExample } = await explore({ ...alone, ...what }, { sabotage });
  return counterExample?.violations.join('; ') ?? 'nothing';
};

describe('the simulation notices', () => {
  it('a stored value that another try replaces', async () => {
    const found = await find((ports) => ({
      ...ports,
      versions: {
        ...ports.versions,
        // As if the pending value were never found, and each try set a fresh one.
        read: async (id, version) => ('versionId' in version ? undefined : ports.versions.read(id, version)),
      },
    }));
    expect(found).toContain('a retry without disturbance failed');
  });

  it('a promotion that is not compared', async () => {
    const found = await find((ports) => ({
      ...ports,
      versions: { ...ports.versions, promote: () => Promise.resolve('promoted') },
    }));
    expect(found).toContain('in the end AWSPENDING');
  });

  it('a refused login that is taken for success', async () => {
    const found = await find(
      (ports) => ({ ...ports, database: { ...ports.database, login: () => Promise.resolve() } }),
      { actors: [whole, finishAlone], bound: { faults: 1, switches: 1 } },
    );
    expect(found).toContain('the promoted credential does not log in');
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
    const found = await find((ports) => ({
      ...ports,
      database: { ...ports.database, login: (...args) => asAuth(ports.database.login(...args)) },
    }));
    expect(found).toContain('another credential was tried');
  });

  it('a change of the password that did not happen', async () => {
    const found = await find((ports) => ({
      ...ports,
      database: { ...ports.database, changeOwnPassword: () => Promise.resolve('changed') },
    }));
    expect(found).toContain('a retry without disturbance failed');
  });

  it('a user that is created with another password than the stored one', async () => {
    const found = await find(
      (ports) => ({
        ...ports,
        database: {
          ...ports.database,
          changeUser: (address, admin, change, confirm) =>
            ports.database.changeUser(address, admin, { ...change, password: 'another' }, confirm),
        },
      }),
      { scenario: provisioned! },
    );
    expect(found).toContain('a retry without disturbance failed');
  });

  it('an old password that is put back without asking under the lock whether it is still wanted', async () => {
    const found = await find(
      (ports) => ({
        ...ports,
        database: {
          ...ports.database,
          changeUser: (address, admin, change) =>
            ports.database.changeUser(address, admin, change, () => Promise.resolve(true)),
        },
      }),
      {
        scenario: changedByHand!,
        actors: [whole, steps(firstToken, ['testSecret'])],
        bound: { faults: 0, switches: 2 },
      },
    );
    expect(found).toContain('the promoted credential does not log in');
  });

  it('a secret in an error', async () => {
    const found = await find((ports) => ({
      ...ports,
      database: {
        ...ports.database,
        login: (_address, { password }) =>
          Promise.reject(new DatabaseError('unknown', `refused ${password}`, { retryable: false })),
      },
    }));
    expect(found).toContain('an error has a secret in it');
  });
});

describe('the exploration', () => {
  it.each([
    ['one worker', alone],
    ['two workers', { ...alone, actors: [whole, finishAlone], bound: { faults: 1, switches: 1 } }],
    ['two workers that take turns', { ...alone, actors: [whole, whole], bound: { faults: 0, switches: 2 } }],
  ])('covers with known states left out what it covers with all of them run: %s', async (_name, what) => {
    const pruned = await explore(what);
    const whole = await explore(what, { prune: false });

    expect(pruned.schedules).toBe(whole.schedules);
    expect(pruned.states).toBe(whole.states);
    expect(pruned.runs).toBeLessThanOrEqual(whole.runs);
  });

  it('tells a counter-example of the least faults as a timeline', async () => {
    const { counterExample } = await explore(
      { ...alone, bound: { faults: 2, switches: 0 } },
      {
        sabotage: (ports) => ({
          ...ports,
          versions: { ...ports.versions, promote: () => Promise.resolve('promoted') },
        }),
      },
    );
    expect(counterExample?.timeline.join('\n')).not.toContain('**');
    expect(counterExample?.timeline.join('\n')).toMatch(/a +database.commit user "app"\n +AWSCURRENT=initial/);
    expect(counterExample?.timeline.at(-1)).toMatch(/^!!! in the end/);
  });
});
