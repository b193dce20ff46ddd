/** One decryption is one finding, although two heartbeats compare each minute. */
import { describe, expect, it } from 'vitest';
import { createDeclared } from '../../../../lambdas/audit/detect/facts/declared.ts';
import { createMemoryState } from '../../../../lambdas/audit/detect/state/memory-state.ts';
import type { ApiActivity } from '../../../../lambdas/audit/normalise/ocsf.ts';
import { access, detectEvents, eventOf, hour, many, minute, roles, secretArn, type Call } from './scene.ts';

const decrypt = (at: number, secret = 'prod/payments/orders-db', more: Call = {}): ApiActivity =>
  eventOf({
    service: 'kms',
    operation: 'Decrypt',
    invokedBy: 'secretsmanager.amazonaws.com',
    request: { encryptionContext: { SecretARN: secretArn(secret) } },
    at,
    ...more,
  });

const heartbeats = (from: number, until: number): ApiActivity[] =>
  Array.from({ length: Math.floor((until - from) / (5 * minute)) }, (_, index) =>
    eventOf({ heartbeat: true, at: from + index * 5 * minute }),
  );

const scene = () => {
  const options = { declared: createDeclared(access), state: createMemoryState() };
  return async (...events: readonly ApiActivity[]) =>
    (await detectEvents(events, options)).flat().filter(({ rule }) => rule === 'decrypt-without-read');
};

describe('a decryption that no read explains', () => {
  it('is found once in an hour of heartbeats, with the event of the decryption', async () => {
    const watch = scene();
    const event = decrypt(3 * minute);
    await watch(event);
    const found = await watch(...heartbeats(5 * minute, hour + 20 * minute));
    expect(found).toHaveLength(1);
    expect(found).toMatchObject([{ secrets: [{ name: 'prod/payments/orders-db' }] }]);
    expect(found[0]?.events[0]).toBe(event.metadata.uid);
  });

  it('is found once across the hours by which alerts are grouped', async () => {
    const watch = scene();
    // The first heartbeat that sees it is before the full hour, the second after it.
    await watch(decrypt(32 * minute));
    expect(await watch(...heartbeats(35 * minute, 2 * hour))).toHaveLength(1);
  });

  it('is told again, with the same id, if the message of its heartbeat comes again', async () => {
    const watch = scene();
    await watch(decrypt(3 * minute));
    const all = heartbeats(5 * minute, hour);
    const found = await Promise.all(
      all.map(async (beat) => ({ beat, uids: (await watch(beat)).map(({ uid }) => uid) })),
    );
    const told = found.filter(({ uids }) => uids.length > 0);
    expect(told).toHaveLength(1);
    const [{ beat, uids } = { beat: all[0]!, uids: [] }] = told;
    expect((await watch(beat)).map(({ uid }) => uid)).toEqual(uids);
    expect(await watch(...all.filter((one) => one !== beat))).toEqual([]);
  });

  it('is one finding for each role, with every secret of it', async () => {
    const watch = scene();
    await watch(
      decrypt(3 * minute),
      decrypt(3 * minute, many[0]),
      decrypt(4 * minute, many[1]),
      decrypt(4 * minute, many[2], { role: roles.worker }),
    );
    const found = await watch(...heartbeats(25 * minute, 30 * minute));
    expect(found.map(({ secrets }) => secrets.map(({ name }) => name))).toEqual([
      ['prod/payments/orders-db', many[0], many[1]],
      [many[2]],
    ]);
    expect(new Set(found.map(({ uid }) => uid)).size).toBe(2);
  });
});
