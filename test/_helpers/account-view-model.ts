/** An account in memory, behind the port of the posture. It counts calls, and refuses what a test says. */
import { type AccountView, CodedError, type LiveKey, type LiveSecret } from '../../lib/contract/index.ts';

export interface AccountModel {
  readonly secrets: readonly LiveSecret[];
  /** By ARN. */
  readonly policies?: Readonly<Record<string, string>>;
  readonly keys?: Readonly<Record<string, LiveKey>>;
  /** What the list does not have yet, by name. */
  readonly notListed?: readonly string[];
  readonly refused?: readonly (keyof AccountView)[];
}

export const accountViewModel = ({ secrets, policies = {}, keys = {}, notListed = [], refused = [] }: AccountModel) => {
  const calls: Record<keyof AccountView, number> = { secrets: 0, secret: 0, policy: 0, key: 0 };
  let running = 0;
  let mostRunning = 0;
  const call = async <Answer>(name: keyof AccountView, answer: () => Answer): Promise<Answer> => {
    calls[name] += 1;
    running += 1;
    mostRunning = Math.max(mostRunning, running);
    await Promise.resolve();
    running -= 1;
    if (refused.includes(name)) throw new CodedError('aws-denied', `${name} is denied`, { retryable: false });
    return answer();
  };
  const view: AccountView = {
    secrets: async function* () {
      const listed = secrets.filter(({ name }) => !notListed.includes(name));
      for (let at = 0; at === 0 || at < listed.length; at += 100) {
        yield await call('secrets', () => listed.slice(at, at + 100));
      }
    },
    secret: (id) => call('secret', () => secrets.find(({ name, arn }) => name === id || arn === id)),
    policy: (arn) => call('policy', () => policies[arn]),
    key: (id) => call('key', () => keys[id]),
  };
  return { view, calls, mostRunning: () => mostRunning };
};
