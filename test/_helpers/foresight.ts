/**
 * A preflight predicts: what it calls ok succeeds, and what it names fails. The benches ask it before a credential is made
 * and before it is set, and hold what happens then to its answer.
 */
import { isForced } from '../../lambdas/rotation/core/grace.ts';
import { isRotationFailure } from '../../lambdas/rotation/core/rotation-error.ts';
import type { CheckReport, RotationStep } from '../../lib/contract/index.ts';
import { isUnforeseen } from './unforeseen.ts';

/** What a preflight says against the rotation to come. */
export interface Objection {
  readonly code: string;
  readonly message: string;
}

export const objectionIn = ({ checks, notices = [], credentials }: CheckReport): Objection | undefined => {
  const failed = checks.find(({ outcome }) => outcome === 'failed');
  if (failed) return { code: failed.code ?? '', message: failed.message ?? '' };
  if (credentials.pending === 'not-ours') {
    return { code: 'pending-not-ours', message: 'the pending value was not written by the function' };
  }
  return notices.find(({ code }) => code === 'rotation-waits');
};

interface Said {
  readonly before: Objection | undefined;
  /** A setSecret that was not objected to has begun: the database may have the new credential. */
  readonly isFinal: boolean;
}

/** What preflights said before the steps of rotations, by token. */
export class Foresight {
  /** Failures that came although nothing was said against them: `testSecret pending-refused`. */
  readonly unforeseen: string[] = [];
  readonly #said = new Map<string, Said>();

  /**
   * One step, held to the preflight before it.
   *
   * @param isDisturbed - whether the test made a call fail.
   * @throws Error where the two do not match.
   */
  async hold<Outcome>(
    { step, token }: { readonly step: RotationStep; readonly token: string },
    look: () => Promise<CheckReport>,
    run: () => Promise<Outcome>,
    isDisturbed: () => boolean = () => false,
  ): Promise<Outcome> {
    const objection = await this.#ask(step, token, look);
    let outcome: Outcome;
    try {
      outcome = await run();
    } catch (error) {
      if (!isDisturbed()) this.#holdFailure(step, objection, error);
      throw error;
    }
    if (outcome === 'promoted' && objection) {
      throw new Error(`preflight said ${objection.code} (${objection.message}), and then the rotation succeeded`);
    }
    return outcome;
  }

  async #ask(step: RotationStep, token: string, look: () => Promise<CheckReport>): Promise<Objection | undefined> {
    const said = this.#said.get(token);
    const comesBefore = step === 'createSecret' || step === 'setSecret' || said === undefined;
    if (!comesBefore) return said.before;
    const objection = objectionIn(await look());
    // An operator who forces a rotation has read that.
    const before = isForced(token) && objection?.code === 'rotation-waits' ? undefined : objection;
    if (!said?.isFinal) this.#said.set(token, { before, isFinal: step === 'setSecret' && before === undefined });
    return before;
  }

  #holdFailure(step: RotationStep, objection: Objection | undefined, failure: unknown): void {
    if (!isRotationFailure(failure) || objection) return;
    if (!isUnforeseen(failure.code, step)) {
      throw new Error(`preflight said ok, and then ${step} failed with ${failure.code} (${failure.message})`, {
        cause: failure,
      });
    }
    this.unforeseen.push(`${step} ${failure.code}`);
  }
}
