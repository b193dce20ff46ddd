/** What rotates a secret in a benchmark, and what is counted meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecretVersions } from '../../lambdas/rotation/core/ports.ts';
import type { RotationStep } from '../../lib/contract/index.ts';
import type { RunningServer } from './rotation-servers.ts';

export interface Counts {
  awsCalls: number;
  connections: number;
  /** Refused, or without the TLS that was asked for. */
  failedConnections: number;
}

/** One rotation of one secret. */
export interface Turn {
  readonly arn: string;
  readonly token: string;
  readonly aws: AwsCalls;
  readonly counts: Counts;
}

export interface AwsCalls {
  readonly versions: SecretVersions;
  /** A call for what {@link SecretVersions} does not have. */
  call<Result>(work: () => Result | Promise<Result>): Promise<Result>;
}

export interface Contender {
  readonly name: 'ours' | 'peer';
  /** Distinguishes the user of its secret from that of the other. */
  readonly suffix: string;
  begin(running: RunningServer, turn: Turn): Promise<Steps>;
}

export interface Steps {
  run(step: RotationStep): Promise<void>;
  /** Waits for what nobody waited for within the steps. */
  end(): Promise<void>;
}

/** Every call takes so long as if AWS were elsewhere, and is counted. */
export const awsCalls = (versions: SecretVersions, counts: Counts, latencyMs: number): AwsCalls => {
  const call: AwsCalls['call'] = async (work) => {
    counts.awsCalls += 1;
    if (latencyMs > 0) await sleep(latencyMs);
    return work();
  };
  return {
    call,
    versions: {
      describe: (...args) => call(() => versions.describe(...args)),
      read: (...args) => call(() => versions.read(...args)),
      mark: (...args) => call(() => versions.mark(...args)),
      unmark: (...args) => call(() => versions.unmark(...args)),
      storePending: (...args) => call(() => versions.storePending(...args)),
      promote: (...args) => call(() => versions.promote(...args)),
      removeLabel: (...args) => call(() => versions.removeLabel(...args)),
      list: () => {
        throw new Error('No step of a rotation lists secrets');
      },
    },
  };
};

/** One connection, whether it succeeds or not. */
export const countConnection = async <Result>(counts: Counts, work: () => Promise<Result>): Promise<Result> => {
  counts.connections += 1;
  try {
    return await work();
  } catch (error) {
    counts.failedConnections += 1;
    throw error;
  }
};
