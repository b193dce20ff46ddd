import { describe, expect, it } from 'vitest';
import { runWorld, type WorldOptions } from './audit-world.ts';

const events = Number(process.env['STRONGROOM_AUDIT_EVENTS'] ?? 600);

describe('the fast lane, with destinations down, slow and partial, and functions killed at any call', () => {
  it.each([1, 2])('loses no event and puts refused ones into the dead letters (seed %d)', async (seed) => {
    const { lost, misplaced, kills, duplicates, quarantined, deadLetters } = await runWorld({ seed, events });
    console.log(`seed ${seed}: ${events} events to 4 destinations, ${kills} kills, ${duplicates} duplicates`);
    expect(lost).toEqual([]);
    expect(misplaced).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    expect(quarantined).toBeGreaterThanOrEqual(Math.ceil(events / 500));
    expect(deadLetters).toBeGreaterThan(0);
  });
});

/** Faults like those that a change of the code could bring. */
const faults: readonly (readonly [string, NonNullable<WorldOptions['seeded']>])[] = [
  ['acknowledges every message', { answer: () => ({ batchItemFailures: [] }) }],
  [
    'remembers events before they are sent',
    {
      ledger: (ledger) => ({
        ...ledger,
        delivered: async (destination, ids, deadline) => {
          const known = await ledger.delivered(destination, ids, deadline);
          await ledger.remember(destination, ids, deadline);
          return known;
        },
      }),
    },
  ],
  [
    'forgets what a queue did not take',
    {
      queues: (queues) => ({
        send: async (url, messages, deadline) => {
          await queues.send(url, messages.slice(1), deadline);
          return new Map();
        },
        hide: (...parameters) => queues.hide(...parameters),
      }),
    },
  ],
  [
    'takes a retry for a delivery',
    {
      destination: (destination) => ({
        ...destination,
        send: async (some, signal) =>
          (await destination.send(some, signal)).map((outcome) =>
            outcome.status === 'retry' ? { status: 'delivered' } : outcome,
          ),
      }),
    },
  ],
  [
    'takes a refusal for a delivery',
    {
      destination: (destination) => ({
        ...destination,
        send: async (some, signal) =>
          (await destination.send(some, signal)).map((outcome) =>
            outcome.status === 'refused' ? { status: 'delivered' } : outcome,
          ),
      }),
    },
  ],
];

describe('a fast lane that', () => {
  it.each(faults)('%s is found out', async (_what, seeded) => {
    const { lost, misplaced } = await runWorld({ seed: 5, events: 300, seeded });
    expect(lost.length + misplaced.length).toBeGreaterThan(0);
  });
});
