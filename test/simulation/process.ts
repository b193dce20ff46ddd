/** A process of the function, which remembers something from one invocation to the next. */
import type { Clock } from '../../lambdas/runtime/clock.ts';
import type { Proofs } from '../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../lambdas/rotation/core/proofs.ts';

export class FunctionProcess {
  readonly proofs: Proofs;
  /** The same as the proofs know, to tell states apart by. */
  readonly #remembered = new Map<string, object>();

  constructor(clock: Pick<Clock, 'now'>) {
    const proofs = recentProofs(clock);
    const add = (key: string, what: object): void => {
      this.#remembered.set(key, { ...what, at: clock.now() });
    };
    this.proofs = {
      ...proofs,
      record: (secretArn, versionId) => {
        proofs.record(secretArn, versionId);
        add(`login ${secretArn} ${versionId}`, {});
      },
      take: (secretArn, versionId) => {
        this.#remembered.delete(`login ${secretArn} ${versionId}`);
        return proofs.take(secretArn, versionId);
      },
      remember: (secret, versionId) => {
        proofs.remember(secret, versionId);
        const stages = [...secret.stages].map(([id, labels]) => [id, ...labels]);
        add(`secret ${secret.arn} ${versionId}`, { ...secret, stages });
      },
    };
  }

  state(): unknown {
    return [...this.#remembered];
  }
}
