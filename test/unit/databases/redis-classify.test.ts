import { describe, expect, it } from 'vitest';
import { classify } from '../../../lambdas/databases/redis/classify.ts';
import { ServerRefusal } from '../../../lambdas/databases/redis/connection.ts';

/** The servers' own words, of Redis 7 and Valkey 8. */
describe.each([
  ['WRONGPASS invalid username-password pair or user is disabled.', 'auth', false],
  ['NOAUTH Authentication required.', 'auth', false],
  ["NOPERM User app has no permissions to run the 'acl|setuser' command", 'privilege', false],
  ['LOADING Redis is loading the dataset in memory', 'network', true],
  ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'network', true],
  ["READONLY You can't write against a read only replica.", 'network', true],
  ['CLUSTERDOWN Hash slot not served', 'network', true],
  ['ERR max number of clients reached', 'network', true],
  ['BUSY Redis is busy running a script.', 'unknown', true],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'unknown', true],
  ['MISCONF Redis is configured to save RDB snapshots, but it is unable to persist to disk.', 'unknown', true],
  ['NOREPLICAS Not enough good replicas to write.', 'unknown', true],
  ['MOVED 3999 127.0.0.1:6381', 'unknown', false],
  ['DENIED Redis is running in protected mode', 'locked', false],
  ["ERR unknown command 'ACL'", 'unknown', false],
])('%s', (answer, kind, retryable) => {
  it(`is "${kind}"`, () => {
    const error = classify(new ServerRefusal(answer), 'log in as "app" at cache:6379', true);
    expect(error).toMatchObject({ kind, retryable, uncertain: false });
    expect(error.message).toMatch(/^Could not log in as "app" at cache:6379: /);
    expect(error.message).toContain(answer);
  });
});

describe('a connection that ends', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

  it('is uncertain only where a change had been sent', () => {
    expect(classify(reset, 'run EXEC', true)).toMatchObject({ kind: 'network', uncertain: true });
    expect(classify(reset, 'run GET')).toMatchObject({ kind: 'network', uncertain: false });
  });
});

describe('an answer that repeats what was sent', () => {
  it('loses that part', () => {
    const refusal = new ServerRefusal("ERR unknown command 'AUTH', with args beginning with: 'app' 'canary\nmore' ");
    expect(refusal.message).toBe("ERR unknown command 'AUTH'");
  });
});
