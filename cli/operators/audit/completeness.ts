/** What share of the events of the trail's files each destination has, by day. */
import { completenessKey } from '../../../lib/contract/index.ts';
import type { DeliveryAws, FileCounts } from './ports.ts';

export interface DayShare {
  readonly destination: string;
  /** `2026-11-30`, in UTC. */
  readonly day: string;
  readonly files: number;
  readonly expected: number;
  readonly delivered: number;
  /** 0 to 1. Absent: the trail had no event for the destination. */
  readonly share?: number;
}

const hourMs = 3_600_000;

/** Days from the oldest to the newest, and each destination in every day. */
export const completenessOf = async (
  aws: Pick<DeliveryAws, 'counts'>,
  table: string,
  destinations: readonly string[],
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<readonly DayShare[]> => {
  const hours = hoursOf(from, to);
  const keys = destinations.flatMap((destination) => hours.map((hour) => completenessKey(destination, hour)));
  const counts = await aws.counts(table, keys);
  return [...new Set(hours.map(dayOf))].flatMap((day) =>
    destinations.map((destination) => {
      const found = hours
        .filter((hour) => dayOf(hour) === day)
        .flatMap((hour) => counts.get(completenessKey(destination, hour)) ?? []);
      return shareOf(destination, day, found);
    }),
  );
};

const shareOf = (destination: string, day: string, counts: readonly FileCounts[]): DayShare => {
  const sum = (name: keyof FileCounts): number => counts.reduce((total, one) => total + one[name], 0);
  const [files, expected, delivered] = [sum('files'), sum('expected'), sum('delivered')];
  return { destination, day, files, expected, delivered, ...(expected > 0 && { share: delivered / expected }) };
};

const hoursOf = (from: Date, to: Date): readonly string[] => {
  const hours: string[] = [];
  for (let at = +from - (+from % hourMs); at < +to; at += hourMs) hours.push(new Date(at).toISOString().slice(0, 13));
  return hours;
};

const dayOf = (hour: string): string => hour.slice(0, 10);
