import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { canary, facts, refusalOf, RotationBench, secretName as name } from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
});

describe('point 19: RDS Proxy is never the endpoint', () => {
  it.each([
    'orders.proxy-abc123.eu-west-1.rds.amazonaws.com',
    'Reader.endpoint.PROXY-abc123.eu-west-1.rds.amazonaws.com.',
    'orders.proxy-abc123.cn-north-1.rds.amazonaws.com.cn',
  ])('%s is refused', async (host) => {
    const arn = bench.secret({ ...facts, host, password: canary });
    const [code, message] = await refusalOf(bench.run(arn, 'createSecret'));
    expect(code).toBe('proxy-endpoint');
    expect(message).toContain(`names ${host}, an endpoint of RDS Proxy`);
    expect(bench.database.logins).toBe(0);
  });

  it('as a replica it is refused too', async () => {
    const proxy = 'orders.proxy-abc123.eu-west-1.rds.amazonaws.com';
    const arn = bench.working({ [secretTag.readReplicas]: proxy });
    expect((await refusalOf(bench.run(arn, 'createSecret')))[0]).toBe('proxy-endpoint');
    expect(bench.database.logins).toBe(0);
  });
});

describe('point 19: replicas learn of a password later than the writer', () => {
  const setUp = async (lag: number): Promise<string> => {
    bench.database.addUser('app', canary);
    bench.database.addReplica('replica.internal', { lag });
    const arn = bench.secret({ ...facts, password: canary }, { [secretTag.readReplicas]: 'replica.internal:5433' });
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    return arn;
  };

  it('testSecret waits until they accept it', async () => {
    const arn = await setUp(3);
    expect(await bench.run(arn, 'testSecret')).toBe('pending-logs-in');
    expect(bench.database.failedLogins).toBe(3);
  });

  it('four refusals by one replica are enough for one try', async () => {
    const arn = await setUp(5);
    const [code, message] = await refusalOf(bench.run(arn, 'testSecret'));
    expect(code).toBe('replica-behind');
    expect(message).toBe(
      `Secret ${name}: the replica replica.internal:5433 does not accept yet what the writer accepts; a retry looks again`,
    );
    expect(bench.database.failedLogins).toBe(4);
    expect(await bench.run(arn, 'testSecret')).toBe('pending-logs-in');
  });

  it('the end of the function’s time ends the wait', async () => {
    const arn = await setUp(3);
    bench.attemptsLeft = 1;
    await expect(bench.run(arn, 'testSecret')).rejects.toMatchObject({ code: 'replica-behind', retryable: true });
    expect(bench.database.failedLogins).toBe(1);
  });

  it('one that nobody can reach holds nothing up', async () => {
    const arn = await setUp(0);
    const { database } = bench.ports;
    bench.ports = {
      ...bench.ports,
      database: {
        ...database,
        login: (address, credential) =>
          address.host === 'replica.internal'
            ? Promise.reject(new DatabaseError('network', 'unreachable', { retryable: true }))
            : database.login(address, credential),
      },
    };
    expect(await bench.run(arn, 'testSecret')).toBe('reader-unreachable');
    expect(await bench.run(arn, 'finishSecret')).toBe('promoted');
  });

  it('those that RDS knows of are asked without being named', async () => {
    bench.database.addUser('app', canary);
    bench.database.addReplica('reader.rds.internal', { lag: 1 });
    const readers = [{ host: 'reader.rds.internal', port: 5432 }];
    bench.instances.add('orders', { host: 'orders.rds.internal', port: 5432, readers });
    const arn = bench.secret({ ...facts, password: canary }, { [secretTag.rdsCluster]: 'orders' });

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
    expect(bench.database.failedLogins).toBe(1);
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ dbClusterIdentifier: 'orders' });
  });
});
