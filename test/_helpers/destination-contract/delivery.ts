/** What arrives, and what is said of each event. */
import { expect, it } from 'vitest';
import type { Bench } from './bench.ts';
import type { DestinationFacts } from './under-test.ts';

/** Texts that broke other forwarders. */
const hostile = [
  ['a line break', 'one\ntwo\r\nthree\u2028four\u2029five'],
  ['ANSI escapes', '\u001B[31mred\u001B[0m\u001B]0;title\u0007'],
  ['NUL', 'before\u0000after'],
  ['a lone surrogate', 'high \uD800 low \uDC00 end'],
  ['quotes and braces', '"}\n{"create":{}}\n{"a":"b"} \\" \\u0000'],
  ['other scripts', 'Ω 日本語 🔐 \u202Eright to left'],
] as const;

export const describeDelivery = (facts: DestinationFacts, bench: () => Bench): void => {
  it('takes events, and the receiver holds each once', async () => {
    const events = bench().events(20);
    await bench().expectTaken(bench().make(), events);
    const received = await bench().under.receivedIds();
    for (const { id } of events) expect(received.filter((one) => one === id)).toHaveLength(1);
  });

  it('has limits in which a batch of events fits', () => {
    const { limits } = bench().make();
    expect(limits.batchEvents).toBeGreaterThanOrEqual(1);
    expect(limits.batchBytes).toBeGreaterThanOrEqual(limits.eventBytes);
    expect(limits.eventBytes).toBeGreaterThanOrEqual(10_000);
  });

  it('says nothing of no events', async () => {
    expect(await bench().make().send([], new AbortController().signal)).toEqual([]);
  });

  it.each(hostile)('takes %s in a value, and the events before and after', async (_, text) => {
    const [before, after] = [bench().event(), bench().event()];
    await bench().expectTaken(bench().make(), [before, bench().event(text), after]);
  });

  it('takes an event as large as its limit says', async () => {
    const destination = bench().make();
    const frame = Buffer.byteLength(bench().event('').json);
    const event = bench().event('x'.repeat(destination.limits.eventBytes - frame));
    expect(Buffer.byteLength(event.json)).toBe(destination.limits.eventBytes);
    await bench().expectTaken(destination, [event]);
  });

  it('takes several batches at the same time', async () => {
    const destination = bench().make();
    const batches = [bench().events(5), bench().events(5), bench().events(5)];
    await Promise.all(batches.map((events) => bench().expectTaken(destination, events)));
  });

  if (facts.refusesDocuments) {
    it('refuses one event with a reason, and takes the events around it', async () => {
      const [before, after] = [bench().events(2), bench().events(2)];
      const refused = bench().refusedEvent();
      const outcomes = await bench().send(bench().make(), [...before, refused, ...after]);
      const { taken } = bench();
      const reason = expect.stringMatching(/\S/) as string;
      expect(outcomes).toEqual([taken, taken, { status: 'refused', reason }, taken, taken]);
      await bench().expectReceived([...before, ...after]);
      await bench().expectNotReceived([refused]);
    });
  }

  if (facts.canBeBusy) {
    it('fails as busy while the receiver is, and delivers after that', async () => {
      const destination = bench().make();
      const events = bench().events(3);
      const free = await bench().makeBusy();
      try {
        const { error, outcomes = [] } = await bench().attempt(destination, events);
        // Either the whole attempt failed or each event is to be sent again.
        if (error) expect(error.code).toBe('busy');
        else expect(outcomes.map(({ status }) => status)).toEqual(events.map(() => 'retry'));
        await bench().expectNotReceived(events);
      } finally {
        await free();
      }
      await bench().expectTaken(destination, events);
    });
  }
};
