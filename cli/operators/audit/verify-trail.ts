/**
 * Verifies the files of a trail in one region: every digest, the chain between them backwards, every file that they name,
 * and that no hour is without a digest. A chain alone does not show what was deleted at its end, or twice in a row.
 */
import { inParallel } from '../in-parallel.ts';
import { validateDigest, type ValidDigest } from './digest.ts';
import type { TrailAws } from './ports.ts';

export interface TrailToVerify {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly homeRegion: string;
  readonly bucket: string;
  /** Before `AWSLogs/`. */
  readonly prefix?: string;
  /** When it was started last. */
  readonly startedAt?: Date;
}

export interface Period {
  readonly from: Date;
  /** Whether the operator chose it: then hours before the first digest are findings. */
  readonly fromGiven: boolean;
  readonly to: Date;
  readonly now: Date;
}

export type TrailFindingKind =
  'hour-without-digest' | 'digest-altered' | 'chain-broken' | 'file-deleted' | 'file-altered' | 'file-extra';

export interface TrailFinding {
  readonly kind: TrailFindingKind;
  readonly from: string;
  readonly to: string;
  /** Key of the object, if it is known. */
  readonly object?: string;
  readonly why: string;
}

export interface TrailReport {
  readonly from: string;
  readonly to: string;
  /** Valid ones. */
  readonly digests: number;
  readonly hoursWithoutDigest: number;
  /** Valid ones. */
  readonly files: number;
  /** Files that nothing vouches for: they are of hours without a valid digest. */
  readonly unverified: number;
  readonly findings: readonly TrailFinding[];
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** A digest comes within an hour after the one that it is of. */
const digestDelayMs = 2 * hourMs;

/** A file is delivered, and named by a digest, up to this long after the time in its name. */
const fileDelayMs = 30 * minuteMs;

const atOnce = 8;

export const verifyTrail = async (
  aws: TrailAws,
  trail: TrailToVerify,
  period: Period,
  onProgress: (what: string) => void = () => undefined,
): Promise<TrailReport> => {
  const { bucket } = trail;
  const digestKeys = await keysOfDays(aws, trail, 'CloudTrail-Digest', period);
  const named = digestKeys.flatMap((key) => {
    const to = digestTime(key, trail);
    return to === undefined || to <= +period.from || to > +period.to + hourMs ? [] : [{ key, to }];
  });
  const publicKeys = await aws.publicKeys(period.from, new Date(+period.to + digestDelayMs));
  let looked = 0;
  const read = await inParallel(named, atOnce, async ({ key, to }) => {
    const object = await aws.digest(bucket, key);
    onProgress(`validating ${named.length} digests, ${(looked += 1)} done`);
    return { key, to, digest: object ? validateDigest(bucket, key, object, publicKeys) : 'it was deleted just now' };
  });
  const valid = read.flatMap(({ digest }) => (typeof digest === 'string' ? [] : [digest]));
  const span = spanOf(valid, trail, period);
  const missing = hoursWithout(read, span);
  const previousKeys = new Set(valid.flatMap(({ previous }) => previous?.key ?? []));
  const deletedKeys = [...previousKeys].filter((key) => !digestKeys.includes(key));
  const findings: TrailFinding[] = [
    ...read.flatMap(({ key, to, digest }) =>
      typeof digest === 'string' ? [finding('digest-altered', to - hourMs, to, digest, key)] : [],
    ),
    ...missing.map(([from, to]) => {
      const key = deletedKeys.find((deleted) => isWithin(digestTime(deleted, trail), from, to));
      return key === undefined
        ? finding('hour-without-digest', from, to, 'there is no digest of this hour')
        : finding('hour-without-digest', from, to, 'the next digest names it, and it was deleted', key);
    }),
    ...brokenLinks(valid),
  ];

  const files = valid.flatMap((digest) => digest.files.map((file) => ({ file, digest })));
  looked = 0;
  const checked = await inParallel(files, atOnce, async ({ file, digest }) => {
    const content = await aws.contentHash(file.bucket, file.key);
    onProgress(`comparing ${files.length} files, ${(looked += 1)} done`);
    const [from, to] = [+digest.from, +digest.to];
    if (content === 'missing') return finding('file-deleted', from, to, 'it was deleted', file.key);
    if (content === 'damaged') return finding('file-altered', from, to, 'it is not valid gzip', file.key);
    if (content.hash !== file.hash) return finding('file-altered', from, to, 'its hash is another', file.key);
    return undefined;
  });
  findings.push(...checked.filter((one) => one !== undefined));

  const known = new Set(files.map(({ file }) => file.key));
  const holes = [
    ...missing,
    ...read.flatMap(({ to, digest }): Span[] => (typeof digest === 'string' ? [[to - hourMs, to]] : [])),
  ];
  let unverified = 0;
  for (const key of await keysOfDays(aws, trail, 'CloudTrail', period)) {
    if (known.has(key)) continue;
    const at = fileTime(key);
    if (at !== undefined && (at < span[0] || at > span[1] - fileDelayMs)) continue;
    if (at !== undefined && holes.some(([from, to]) => at >= from - fileDelayMs && at <= to)) unverified += 1;
    else findings.push(finding('file-extra', at ?? span[0], at ?? span[1], 'no digest names it', key));
  }
  return {
    from: isoTime(span[0]),
    to: isoTime(span[1]),
    digests: valid.length,
    hoursWithoutDigest: missing.length,
    files: checked.filter((one) => one === undefined).length,
    unverified,
    findings: findings.sort((one, other) => (one.from < other.from ? -1 : one.from > other.from ? 1 : 0)),
  };
};

/** Milliseconds since the epoch. */
type Span = readonly [from: number, to: number];

/**
 * From when to when each hour must have a digest. Without a `--from`, a trail that is younger than the period starts with
 * its first digest, which has no previous one.
 */
const spanOf = (
  valid: readonly ValidDigest[],
  { startedAt }: TrailToVerify,
  { from, fromGiven, to, now }: Period,
): Span => {
  const sorted = [...valid].sort((one, other) => +one.to - +other.to);
  const [first, last] = [sorted[0], sorted.at(-1)];
  const end = Math.min(+to, Math.max(+now - digestDelayMs, last ? +last.to : 0));
  const start = (): number => {
    if (fromGiven) return +from;
    if (first) return first.previous ? +from : Math.max(+from, +first.from);
    return Math.max(+from, startedAt ? +startedAt : 0);
  };
  const begin = start();
  return [begin, Math.max(begin, end)];
};

/** Hours of the span that no digest is of, valid or not. */
const hoursWithout = (
  digests: readonly { readonly to: number; readonly digest: ValidDigest | string }[],
  [start, end]: Span,
): Span[] => {
  const covered = digests
    .map(({ to, digest }): Span => (typeof digest === 'string' ? [to - hourMs, to] : [+digest.from, +digest.to]))
    .sort(([one], [other]) => one - other);
  const gaps: Span[] = [];
  let at = start;
  for (const [from, to] of [...covered, [end, end] as const]) {
    const until = Math.min(from, end);
    if (until - at >= minuteMs) gaps.push(...inHours(at, until));
    at = Math.max(at, to);
  }
  return gaps;
};

/** A rest of less than half an hour belongs to the hour before it. */
const inHours = (from: number, to: number): Span[] => {
  const number = Math.max(1, Math.round((to - from) / hourMs));
  return Array.from({ length: number }, (_, index) => [
    from + index * hourMs,
    index === number - 1 ? to : from + (index + 1) * hourMs,
  ]);
};

/** A digest has the hash and the signature of the one before it. */
const brokenLinks = (valid: readonly ValidDigest[]): TrailFinding[] => {
  const byKey = new Map(valid.map((digest) => [digest.key, digest]));
  return valid.flatMap(({ key, from, to, previous }) => {
    const before = previous && byKey.get(previous.key);
    if (!before || (before.hash === previous.hash && before.signature === previous.signature)) return [];
    return [finding('chain-broken', +from, +to, 'the digest before it is another than the one that it names', key)];
  });
};

const keysOfDays = async (
  aws: TrailAws,
  { account, region, bucket, prefix }: TrailToVerify,
  folder: string,
  { from, to }: Period,
): Promise<readonly string[]> => {
  const root = `${prefix === undefined ? '' : `${prefix}/`}AWSLogs/${account}/${folder}/${region}/`;
  const days: string[] = [];
  for (let at = startOfDay(+from); at <= +to + hourMs; at += 24 * hourMs) {
    days.push(new Date(at).toISOString().slice(0, 10).replaceAll('-', '/'));
  }
  const found = await inParallel(days, atOnce, (day) => aws.keys(bucket, `${root}${day}/`));
  return found.flat();
};

const startOfDay = (ms: number): number => ms - (ms % (24 * hourMs));

/** When the hour of a digest ended; `undefined` if the key is not that of a digest of this trail. */
const digestTime = (key: string, { account, region, name, homeRegion }: TrailToVerify): number | undefined => {
  const file = key.slice(key.lastIndexOf('/') + 1);
  const start = `${account}_CloudTrail-Digest_${region}_${name}_${homeRegion}_`;
  if (!file.startsWith(start)) return undefined;
  return timeIn(/^(\d{8}T\d{6}Z)\.json\.gz$/.exec(file.slice(start.length))?.[1]);
};

const fileTime = (key: string): number | undefined => timeIn(/_(\d{8}T\d{4})Z_[A-Za-z0-9]+\.json\.gz$/.exec(key)?.[1]);

/** `20261130T175500Z` or `20261130T1755` */
const timeIn = (stamp: string | undefined): number | undefined => {
  const [, year, month, day, hour, minute, second = '00'] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?Z?$/.exec(stamp ?? '') ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
};

const isWithin = (time: number | undefined, from: number, to: number): boolean =>
  time !== undefined && time > from && time <= to + minuteMs;

const finding = (kind: TrailFindingKind, from: number, to: number, why: string, object?: string): TrailFinding => ({
  kind,
  from: isoTime(from),
  to: isoTime(to),
  why,
  ...(object !== undefined && { object }),
});

const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
