/**
 * A server says how many rounds of hashing a login takes, before it has proven who it is. The driver computes any number,
 * in a thread that nothing can stop: a server could keep the function busy for hours.
 */
import type { Document } from 'mongodb';
import { Connection } from 'mongodb/lib/cmap/connection.js';

/** MongoDB takes 15,000 by default and 5,000 at least (`scramSHA256IterationCount`), and no setting comes near this. */
export const mostRounds = 1_000_000;

export class TooManyRoundsError extends Error {
  override readonly name = 'TooManyRoundsError';
  readonly code = 'STRONGROOM_SCRAM_ROUNDS';

  constructor(rounds: string) {
    super(`the server asks for ${rounds.slice(0, 20)} rounds of hashing, and at most ${mostRounds} are computed`);
  }
}

/** The driver's connection, which looks at the answer that starts a login before the driver does. */
export class LimitedConnection extends Connection {
  override async command(namespace: unknown, command: Document, options?: unknown, responseType?: unknown) {
    const reply = await super.command(namespace, command, options, responseType);
    for (const started of [reply, reply['speculativeAuthenticate'] as unknown]) refuseTooMany(started);
    return reply;
  }
}

const refuseTooMany = (started: unknown): void => {
  if (typeof started !== 'object' || started === null || !('payload' in started)) return;
  const { payload } = started as { readonly payload: { readonly buffer?: Uint8Array } | Uint8Array };
  const bytes = payload instanceof Uint8Array ? payload : (payload.buffer ?? new Uint8Array());
  const rounds = /(?:^|,)i=([^,]*)/.exec(Buffer.from(bytes).toString('latin1'))?.[1];
  if (rounds !== undefined && !(Number.parseInt(rounds, 10) <= mostRounds)) throw new TooManyRoundsError(rounds);
};
