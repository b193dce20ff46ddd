/** A password under a wrong key of a secret's value, and everything that the rotation function then says. */
import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import { createLog } from '../../lambdas/runtime/log.ts';
import { Redactor } from '../../lambdas/runtime/redaction.ts';
import { createHandler } from '../../lambdas/rotation/create-handler.ts';
import type { Deadline } from '../../lambdas/runtime/deadline.ts';
import { randomPasswords } from '../../lambdas/databases/passwords.ts';
import type { Clock } from '../../lambdas/runtime/clock.ts';
import type { Database } from '../../lambdas/databases/port.ts';
import { recentProofs } from '../../lambdas/rotation/core/proofs.ts';
import { databaseSecretKeys, rotationSteps, secretTag } from '../../lib/contract/index.ts';
import { DatabaseModel } from './database-model.ts';
import { InstancesModel } from './instances-model.ts';
import { SecretsManagerModel } from './secrets-manager-model.ts';

/** Under `password` it is where it belongs; the last one is a key of the user's own. */
export const everyKey = [...databaseSecretKeys, 'apiKey'] as const;

/** Every text here is what a server takes for a host, a user or a database. */
export const passwordsLikeNames = [
  'canary-Passw0rd-7Q',
  'correct.horse.battery.CANARY',
  `canary${'Xy7'.repeat(24)}`,
  'canary12',
] as const;

/** Whether a text has the secret, also in other letters, or a part of it as long as half a password of ours. */
export const leaks = (said: string, secret: string): boolean =>
  said.toLowerCase().includes(secret.toLowerCase()) || said.toLowerCase().includes(secret.slice(0, 17).toLowerCase());

export interface WrongKey {
  readonly database: (deadline: Deadline) => Database;
  /** A right value, without its password. */
  readonly place: Readonly<Record<string, unknown>>;
  readonly key: string;
  readonly canary: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Secrets beside the one, by name: the admin's. */
  readonly others?: Readonly<Record<string, object>>;
}

/** Runs the steps and every action. Returns all that left the function: output, errors, reports. */
export const saidAbout = async ({
  database,
  place,
  key,
  canary,
  tags = {},
  others = {},
}: WrongKey): Promise<string> => {
  const said: string[] = [];
  const spies = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  for (const spy of spies) {
    spy.mockImplementation((chunk) => {
      said.push(String(chunk));
      return true;
    });
  }
  try {
    await runAll({ database, place, key, canary, tags, others }, said);
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return said.join('\n');
};

const runAll = async (
  { database, place, key, canary, tags = {}, others = {} }: WrongKey,
  said: string[],
): Promise<void> => {
  const token = randomUUID();
  const clock: Clock = { now: () => new Date(), pause: () => Promise.resolve(), hasTime: () => true };
  const secrets = new SecretsManagerModel(() => clock.now());
  const { engine } = database({ remainingMs: () => 1 });
  for (const [name, value] of Object.entries(others)) secrets.create(name, { value: JSON.stringify(value) });
  const arn = secrets.create('dev/payments/orders-db', {
    value: JSON.stringify({ engine, ...place, password: 'a password that is none', [key]: canary }),
    tags: { [secretTag.environment]: 'dev', ...tags },
  });
  const redactor = new Redactor();
  const proofs = recentProofs(clock);
  const handler = createHandler({
    environment: 'dev',
    engine,
    redactor,
    log: createLog('rotation', redactor),
    ports: () => ({
      versions: secrets.port(),
      database: database({ remainingMs: () => 30_000 }),
      instances: new InstancesModel(new DatabaseModel()).port(),
      passwords: randomPasswords,
      clock,
      proofs,
    }),
  });
  const invoke = async (event: object): Promise<void> => {
    try {
      const report = await handler(event, { getRemainingTimeInMillis: () => 30_000 });
      said.push(JSON.stringify(report ?? {}));
    } catch (error) {
      said.push(inFull(error));
    }
  };

  await invoke({ Action: 'check', SecretId: arn });
  secrets.startRotation(arn, token);
  for (const Step of rotationSteps) await invoke({ Step, SecretId: arn, ClientRequestToken: token });
  await invoke({ Action: 'check', SecretId: arn });
  await invoke({ Action: 'rollForward', SecretId: arn, ClientRequestToken: token });
  await invoke({ Action: 'rollBack', SecretId: arn, ClientRequestToken: token });
  await invoke({ Action: 'sweep' });
};

/** An error with its causes, its own fields and its stack. */
const inFull = (error: unknown, depth = 5): string => {
  if (!(error instanceof Error) || depth === 0) return String(error);
  const fields = Object.getOwnPropertyNames(error).map((name) => `${name}: ${String(error[name as keyof Error])}`);
  return [...fields, inFull(error.cause, depth - 1)].join('\n');
};
