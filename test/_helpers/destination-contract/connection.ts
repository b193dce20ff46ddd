/** Connections that fail: no event is lost, none is confirmed that the receiver does not hold. */
import { afterEach, expect, it } from 'vitest';
import type { Destination, OutgoingEvent } from '../../../lambdas/audit/destinations/destination.ts';
import { startDisturbedWire, type DisturbedWire } from '../disturbed-wire.ts';
import type { Bench } from './bench.ts';

export const describeConnection = (bench: () => Bench): void => {
  let wire: DisturbedWire | undefined;

  afterEach(async () => {
    await wire?.stop();
    wire = undefined;
  });

  /** The destination behind a wire that can be disturbed. */
  const wired = async () => {
    const { host, port } = bench().under.address;
    const started = await startDisturbedWire({ host, port });
    wire = started;
    return { started, destination: bench().make({ address: { host, port: started.port } }) };
  };

  it('fails as unreachable if the port is closed, and delivers once it is open', async () => {
    const { started, destination } = await wired();
    const events = bench().events(2);
    await started.refuse();
    await bench().expectFailure('unreachable', destination, events);
    await started.heal();
    await bench().expectTaken(destination, events);
  });

  it('fails as unreachable if the name is unknown', async () => {
    const destination = bench().make({ address: { host: 'receiver.invalid', port: 443 } });
    await bench().expectFailure('unreachable', destination, bench().events(1));
  });

  it('fails as unreachable if the TLS authority is unknown, and sends nothing', async () => {
    const events = bench().events(2);
    await bench().expectFailure('unreachable', bench().make({ authorities: [] }), events);
    await bench().expectNotReceived(events);
  });

  it('fails as timeout if the server accepts the connection and never answers', async () => {
    const { started, destination } = await wired();
    const events = bench().events(1);
    const controller = new AbortController();
    const connected = started.swallow();
    const failed = bench().expectFailure('timeout', destination, events, controller.signal);
    await Promise.race([connected, failed]);
    controller.abort();
    await failed;
    await started.heal();
    await bench().expectTaken(destination, events);
  });

  it('fails as timeout if the time has ended before the attempt', async () => {
    await bench().expectFailure('timeout', bench().make(), bench().events(1), AbortSignal.abort());
  });

  it.each([0, 1_500, 10_000])(
    'confirms only what the receiver holds if the connection is reset after %i bytes',
    async (bytes) => {
      const { started, destination } = await wired();
      const events = bench().events(20, { bytes: 4_000 });
      started.resetAfter(bytes);
      const left = await undelivered(bench(), destination, events);
      expect(left.length).toBeGreaterThan(0);
      await bench().expectTaken(destination, left);
      await bench().expectReceived(events);
    },
  );

  it('delivers after connections that were kept open have been reset', async () => {
    const { started, destination } = await wired();
    await bench().expectTaken(destination, bench().events(2));
    await started.heal();
    const events = bench().events(2);
    const left = await undelivered(bench(), destination, events);
    if (left.length > 0) await bench().expectTaken(destination, left);
    await bench().expectReceived(events);
  });
};

/** The events that the attempt does not confirm. Those that it confirms must be held by the receiver. */
const undelivered = async (
  bench: Bench,
  destination: Destination,
  events: readonly OutgoingEvent[],
): Promise<OutgoingEvent[]> => {
  const { error, outcomes = [] } = await bench.attempt(destination, events);
  if (error) expect(error.code).toBe('unreachable');
  const isTaken = (index: number) => outcomes[index]?.status === bench.taken.status;
  expect(outcomes.filter(({ status }) => status === 'refused')).toEqual([]);
  await bench.expectReceived(events.filter((_, index) => isTaken(index)));
  return events.filter((_, index) => !isTaken(index));
};
