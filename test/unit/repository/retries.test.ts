/** One library tries again, cockatiel, and each policy is in one file: a new loop of retries is a change of these lists. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

const filesThat = (find: RegExp): string[] =>
  readdirSync(join(root, 'lambdas'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && find.test(readFileSync(join(root, 'lambdas', file), 'utf8')))
    .map((file) => file.replaceAll('\\', '/'))
    .sort();

it('the policies of the functions are in these files', () => {
  expect(filesThat(/from 'cockatiel'/)).toEqual([
    'databases/login-attempts.ts',
    'databases/session-end.ts',
    'first-rotation/adapters/cloudformation.ts',
    'first-rotation/adapters/secrets-manager.ts',
    'runtime/retry.ts',
  ]);
});

it('only the clock pauses, two drivers bound their logout, and what the audit sends waits by its outcome', () => {
  expect(filesThat(/timers\/promises|\.pause\(/)).toEqual([
    'audit/adapters/dynamodb-ledger.ts',
    'audit/adapters/sqs-queues.ts',
    'audit/deliver/send-events.ts',
    'audit/destinations/splunk-hec/index.ts',
    'audit/destinations/syslog/wire.ts',
    'databases/mongo/session.ts',
    'databases/mysql/session.ts',
    'rotation/core/first-permissions.ts',
    'runtime/clock.ts',
    'runtime/retry.ts',
  ]);
});

it.each(['package.json', 'client/package.json', 'cli/package.json'])('%s has no other retry library', (manifest) => {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(join(root, manifest), 'utf8')) as {
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
  };
  const others = Object.keys({ ...dependencies, ...devDependencies }).filter((name) => /retry|backoff/.test(name));
  expect(others).toEqual([]);
});
