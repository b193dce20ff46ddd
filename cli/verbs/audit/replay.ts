/** `strongroom audit replay`: sends the dead letters of a destination back to its queue. */
import { auditDeliverName } from '../../../lib/contract/index.ts';
import type { ConnectDelivery, DeliveryAws } from '../../operators/audit/ports.ts';
import { replay, type ReplayResult } from '../../operators/audit/replay.ts';
import { checkAccount } from '../../operators/target.ts';
import { CommandError, count, exitCode } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { progressOn } from '../../terminal/progress.ts';
import { auditEnvironment, destinationsOf } from './audit-environment.ts';

export interface ReplayVerbOptions {
  readonly catalog: string;
  readonly environment: string;
  readonly destination: string;
  readonly dryRun?: boolean;
  /** Messages per second. */
  readonly rate: number;
  /** Absent: as many as are there at the start, so that one that comes back is not sent again. */
  readonly limit?: number;
}

/** @returns the exit code: 0 done, 3 if messages were kept, 130 if interrupted */
export const replayDeadLetters = async (
  host: Host,
  connect: ConnectDelivery,
  options: ReplayVerbOptions,
): Promise<number> => {
  const environment = auditEnvironment(options.catalog, options.environment);
  const [destination = options.destination] = destinationsOf(environment, options.destination);
  const aws = await connect(environment.region);
  const progress = progressOn(host);
  const stopped = new AbortController();
  const stopListening = host.onInterrupt(() => {
    stopped.abort();
  });
  try {
    await checkAccount(aws, { account: environment.account, environment: environment.name });
    const queues = await queuesOf(aws, environment.name, destination);
    const waiting = await aws.waiting(queues.deadLettersUrl);
    const limit = Math.min(waiting, options.limit ?? waiting);
    const facts = { environment: environment.name, destination, waiting };
    if (options.dryRun === true) {
      print(host, { ...facts, dryRun: true, wouldReplay: limit }, () => [
        `${count(waiting, 'dead letter')} of ${destination} in ${environment.name}; ${limit} would be sent again`,
      ]);
      return exitCode.ok;
    }
    const result = await replay(aws, queues, {
      limit,
      rate: options.rate,
      signal: stopped.signal,
      pause: host.pause,
      onProgress: (replayed) => {
        progress.doing(`${bar(replayed / limit)} ${replayed} of ${count(limit, 'dead letter')} sent`);
      },
    });
    progress.end();
    const interrupted = stopped.signal.aborted;
    print(host, { ...facts, ...result, interrupted }, () => inLines(destination, result, interrupted));
    if (interrupted) return exitCode.interrupted;
    return result.kept.length > 0 ? exitCode.findings : exitCode.ok;
  } finally {
    stopListening();
    progress.end();
    aws.close();
  }
};

const queuesOf = async (aws: DeliveryAws, environment: string, destination: string) => {
  const name = auditDeliverName(environment, destination);
  const queues = await aws.queues(name);
  if (queues) return queues;
  throw new CommandError(
    'destination-unknown',
    `there is no function ${name} with queues: deploy the stack strongroom-${environment}-audit first`,
  );
};

const barWidth = 20;

const bar = (share: number): string => {
  const full = Math.min(barWidth, Math.round(share * barWidth));
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
};

const inLines = (destination: string, { replayed, kept }: ReplayResult, interrupted: boolean): string[] => [
  ...kept.map(({ id, why }) => `kept ${id}: ${why}`),
  `${count(replayed, 'dead letter')} sent to the queue of ${destination}${interrupted ? '; interrupted: run it again for the rest' : ''}`,
];
