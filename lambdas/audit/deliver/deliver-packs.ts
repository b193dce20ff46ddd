/**
 * Delivers the events of packs. A pack is done once each of its events is delivered, unconfirmed, known as delivered
 * before, or in the dead letters. The rest goes back to the queue.
 */
import type { AuditView } from '../../../lib/contract/index.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Log } from '../../runtime/log.ts';
import type { Destination, DestinationError, OutgoingEvent } from '../destinations/destination.ts';
import { packEvents, type PackedEvent } from '../queues/pack.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { deadLetter, type DeadLetter } from '../queues/dead-letter.ts';
import { giveBack, type GivenBack, type ReceivedPack } from './give-back.ts';
import { toOutgoing } from './outgoing-event.ts';
import type { Queues } from '../queues/queues.ts';
import { sendEvents, type SendPolicy } from './send-events.ts';

export interface DeliveryPorts {
  readonly destination: Destination;
  readonly ledger: Ledger;
  readonly queues: Queues;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits between two attempts. @default a timer */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

export interface DeliverySettings {
  /** Name of the destination. */
  readonly name: string;
  readonly view: AuditView;
  /** URL of the queue that has the packs. */
  readonly queueUrl: string;
  readonly deadLettersUrl: string;
  readonly policy?: SendPolicy;
}

export interface Deadlines {
  /** For attempts to send. */
  readonly send: Deadline;
  /** For what comes after: the ledger and the queues. */
  readonly finish: Deadline;
}

export interface PacksResult {
  /** Ids of the messages that go back to the queue. */
  readonly back: readonly string[];
  readonly delivered: number;
  readonly unconfirmed: number;
  readonly refused: number;
  readonly duplicates: number;
  /** Events whose original is in the dead letters because they were cut. */
  readonly cut: number;
  /** Events that went to the dead letters because their time was over. */
  readonly overdue: number;
  /** For how long the oldest event that goes back has waited. */
  readonly oldestMs?: number;
  /** Why the destination as a whole failed. */
  readonly failure?: DestinationError;
}

interface Item {
  readonly packed: PackedEvent;
  readonly attempts: number;
  readonly outgoing: OutgoingEvent;
  readonly isCut: boolean;
}

interface Refused {
  readonly item: Pick<Item, 'packed' | 'attempts'>;
  readonly code: string;
  readonly reason: string;
}

export const deliverPacks = async (
  received: readonly ReceivedPack[],
  settings: DeliverySettings,
  ports: DeliveryPorts,
  deadlines: Deadlines,
): Promise<PacksResult> => new Delivery(settings, ports, deadlines).run(received);

class Delivery {
  readonly #settings: DeliverySettings;
  readonly #ports: DeliveryPorts;
  readonly #deadlines: Deadlines;
  /** Ids of the events that are done. */
  readonly #done = new Set<string>();
  #cut = 0;

  constructor(settings: DeliverySettings, ports: DeliveryPorts, deadlines: Deadlines) {
    this.#settings = settings;
    this.#ports = ports;
    this.#deadlines = deadlines;
  }

  async run(received: readonly ReceivedPack[]): Promise<PacksResult> {
    const events = uniqueEvents(received);
    const known = await this.#knownAsDelivered([...events.keys()]);
    for (const id of known) {
      this.#done.add(id);
      events.delete(id);
    }
    const duplicates = received.reduce((sum, { pack }) => sum + pack.events.length, 0) - events.size;
    const { items, tooLarge } = this.#itemsOf([...events.values()]);
    const result = await sendEvents(items, {
      destination: this.#ports.destination,
      deadline: this.#deadlines.send,
      ...(this.#settings.policy && { policy: this.#settings.policy }),
      ...(this.#ports.pause && { pause: this.#ports.pause }),
      onTaken: (taken) => this.#remember(taken),
    });
    const refused = [...tooLarge, ...result.refused];
    await this.#bury(refused);
    const pauseMs = Math.max(0, ...result.left.map(({ retryAfterMs }) => retryAfterMs));
    const settled = await this.#settle(received, pauseMs);
    return {
      ...settled,
      delivered: result.delivered.length,
      unconfirmed: result.unconfirmed.length,
      refused: refused.length,
      duplicates,
      cut: this.#cut,
      ...(result.failure && { failure: result.failure }),
    };
  }

  #itemsOf(events: readonly Refused['item'][]): {
    readonly items: readonly Item[];
    readonly tooLarge: readonly Refused[];
  } {
    const { eventBytes } = this.#ports.destination.limits;
    const items: Item[] = [];
    const tooLarge: Refused[] = [];
    for (const one of events) {
      const outgoing = toOutgoing(one.packed, this.#settings.view, eventBytes);
      if (outgoing) items.push({ ...one, outgoing: outgoing.event, isCut: outgoing.isCut });
      else {
        const reason = `The event can't be cut to ${eventBytes} bytes, the limit of the destination`;
        tooLarge.push({ item: one, code: 'event-too-large', reason });
      }
    }
    return { items, tooLarge };
  }

  /** Without the ledger some events are sent twice, which their ids show; without delivery they would be late. */
  async #knownAsDelivered(ids: readonly string[]): Promise<ReadonlySet<string>> {
    try {
      return await this.#ports.ledger.delivered(this.#settings.name, ids, this.#deadlines.send);
    } catch (error) {
      this.#ports.log.warn('The ledger could not be read: events may be sent twice', reasonOf(error));
      return new Set();
    }
  }

  /** The original of a cut event is stored before the event counts as done. */
  async #remember(taken: readonly Item[]): Promise<void> {
    const cut = taken.filter(({ isCut }) => isCut);
    const lost = await this.#store(
      cut.map((item) => this.#letterOf(item, 'event-cut', 'The event was longer than the destination takes')),
    );
    this.#cut += cut.length - lost.size;
    const withoutOriginal = new Set(cut.filter((_, index) => lost.has(index)));
    const ids = taken.filter((item) => !withoutOriginal.has(item)).map(({ outgoing }) => outgoing.id);
    for (const id of ids) this.#done.add(id);
    try {
      await this.#ports.ledger.remember(this.#settings.name, ids, this.#deadlines.finish);
    } catch (error) {
      this.#ports.log.warn('The ledger could not be written: events may be sent twice', reasonOf(error));
    }
  }

  async #bury(refused: readonly Refused[]): Promise<void> {
    const lost = await this.#store(refused.map(({ item, code, reason }) => this.#letterOf(item, code, reason)));
    for (const [index, { item }] of refused.entries()) if (!lost.has(index)) this.#done.add(idOf(item));
    for (const { item, code, reason } of refused.slice(0, shownRefusals)) {
      this.#ports.log.error('Event refused by the destination', { code, reason, eventId: idOf(item) });
    }
    if (refused.length > shownRefusals) {
      this.#ports.log.error('More events refused by the destination', { events: refused.length - shownRefusals });
    }
  }

  #letterOf({ packed, attempts }: Refused['item'], code: string, reason: string): DeadLetter {
    const { name: destination } = this.#settings;
    const times = attempts + 1;
    const [body = ''] = packEvents([packed], { attempts: times }).messages;
    return { body, code, reason, facts: { destination, eventId: packed.event.metadata.uid, attempts: times } };
  }

  /** @returns the positions of the letters that could not be stored. */
  async #store(letters: readonly DeadLetter[]): Promise<ReadonlySet<number>> {
    if (letters.length === 0) return new Set();
    const { deadLettersUrl } = this.#settings;
    const failed = await this.#ports.queues.send(deadLettersUrl, letters.map(deadLetter), this.#deadlines.finish);
    for (const [, reason] of [...failed].slice(0, 1)) {
      this.#ports.log.error('Dead letters could not be stored', { events: failed.size, reason });
    }
    return new Set(failed.keys());
  }

  async #settle(received: readonly ReceivedPack[], pauseMs: number): Promise<GivenBack> {
    const unsettled = received.flatMap((pack) => {
      const rest = pack.pack.events.filter(({ event }) => !this.#done.has(event.metadata.uid));
      return rest.length > 0 ? [{ pack, rest }] : [];
    });
    return giveBack(unsettled, {
      now: this.#ports.now(),
      pauseMs,
      queueUrl: this.#settings.queueUrl,
      destination: this.#settings.name,
      queues: this.#ports.queues,
      log: this.#ports.log,
      deadline: this.#deadlines.finish,
      store: (letters) => this.#store(letters),
    });
  }
}

/** Each event once, also if several packs have it. */
const uniqueEvents = (received: readonly ReceivedPack[]): Map<string, Refused['item']> => {
  const events = new Map<string, Refused['item']>();
  for (const { pack } of received) {
    for (const packed of pack.events) {
      const { uid } = packed.event.metadata;
      if (!events.has(uid)) events.set(uid, { packed, attempts: pack.attempts });
    }
  }
  return events;
};

const idOf = ({ packed }: Refused['item']): string => packed.event.metadata.uid;

const shownRefusals = 20;

const reasonOf = (error: unknown) => ({ reason: error instanceof Error ? error.message : String(error) });
