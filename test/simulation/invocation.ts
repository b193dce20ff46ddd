/** What one invocation of the function does and sees, and what it must not do. */
import type { Log } from '../../lambdas/runtime/log.ts';
import type { Credential } from '../../lambdas/databases/port.ts';
import type { RotationPorts } from '../../lambdas/rotation/core/ports.ts';
import { DatabaseError } from '../../lambdas/databases/errors.ts';

/** The most failed logins that one invocation may cost, at any one host. */
export const failedLoginBudget = 4;

/** Takes what the code under test has seen; it is put into words only where these are asked for. */
export type Note = (answer: () => string) => void;

/** Whatever is secret in a scenario has one of these words in it. */
const secretWords = /generated-password|canary/;

/** Whether a text has anything in it of a value that an operator planted. */
export const isPlanted = (text: string): boolean => text.includes(plantedPassword) || text.includes(plantedHost);
export const plantedPassword = 'canary-planted';
export const plantedHost = 'planted.internal';

export class Invocation {
  readonly #violations: string[];
  readonly #note: Note;
  readonly #refusedAt = new Map<string, number>();
  /** The credential with which something failed otherwise than by being refused. */
  #failedAs: string | undefined;

  constructor(violations: string[], note: Note) {
    this.#violations = violations;
    this.#note = note;
  }

  /** Sees the true outcome of every login, whatever a `Sabotage` makes of it afterwards. */
  watched(ports: RotationPorts): RotationPorts {
    const database = around(ports.database, (operation, args, call) => {
      const [address, credential] = args;
      this.#refusePlanted(operation, args);
      return this.#watchLogin(
        (address as { readonly host: string }).host,
        credential as Credential | 'function-role',
        call,
      );
    });
    const instances = around(ports.instances, (operation, args, call) => {
      this.#refusePlanted(operation, args);
      return call();
    });
    return { ...ports, database, instances };
  }

  /** Notes every answer, since what the code under test does next follows from these. */
  observed(ports: RotationPorts): RotationPorts {
    const noting = <Port extends object>(port: Port): Port =>
      around(port, (operation, _args, call) => this.#noteAnswer(operation, call()));
    return {
      versions: noting(ports.versions),
      database: noting(ports.database),
      instances: noting(ports.instances),
      passwords: noting(ports.passwords),
      clock: noting(ports.clock),
      proofs: noting(ports.proofs),
    };
  }

  /** Errors come to it as they are: the messages of ours have nothing to hide. */
  get log(): Log {
    const line = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      for (const part of [new Error(message), ...Object.values(fields)]) this.refuseSecretsIn(part);
      if (secretWords.test(JSON.stringify(fields))) this.#violations.push(`a log line has a secret in it: ${message}`);
    };
    return { info: line, warn: line, error: line };
  }

  checkLogins(what: string): void {
    for (const [host, refused] of this.#refusedAt) {
      if (refused > failedLoginBudget) this.#violations.push(`${what} cost ${refused} failed logins at ${host}`);
    }
  }

  refuseSecretsIn(error: unknown): void {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      const text = `${cause.message} ${JSON.stringify(cause)}`;
      if (secretWords.test(text)) this.#violations.push(`an error has a secret in it: ${cause.name}`);
    }
  }

  #refusePlanted(operation: string, args: readonly unknown[]): void {
    if (!isPlanted(JSON.stringify(args))) return;
    this.#violations.push(`${operation} was sent a value that the function did not write`);
  }

  async #watchLogin(host: string, credential: Credential | 'function-role', call: () => unknown): Promise<unknown> {
    const who = typeof credential === 'string' ? credential : `${credential.username} ${credential.password}`;
    if (this.#failedAs !== undefined && this.#failedAs !== who) {
      this.#violations.push('another credential was tried after a failure that says nothing about the first');
    }
    try {
      return await call();
    } catch (error) {
      // Not by the engine's own eyes, which can be at fault.
      if (error instanceof DatabaseError && (error.kind === 'auth' || error.kind === 'locked'))
        this.#refusedAt.set(host, (this.#refusedAt.get(host) ?? 0) + 1);
      // After a change whose answer was lost, the new password is looked at once.
      else if (error instanceof DatabaseError && !error.uncertain) this.#failedAs = who;
      throw error;
    }
  }

  #noteAnswer(operation: string, answer: unknown): unknown {
    if (answer instanceof Promise) return this.#noteSettled(operation, answer);
    if (isAsyncIterable(answer)) return this.#noteEach(operation, answer);
    this.#note(lazily(operation, answer));
    return answer;
  }

  async #noteSettled(operation: string, answer: Promise<unknown>): Promise<unknown> {
    try {
      const value = await answer;
      this.#note(lazily(operation, value));
      return value;
    } catch (error) {
      this.#note(
        () => `${operation} failed: ${error instanceof Error ? `${error.name} ${error.message}` : 'no error'}`,
      );
      throw error;
    }
  }

  async *#noteEach(operation: string, items: AsyncIterable<unknown>): AsyncGenerator {
    for await (const item of items) {
      this.#note(lazily(operation, item));
      yield item;
    }
  }
}

type Around = (operation: string, args: readonly unknown[], call: () => unknown) => unknown;

/** The same port, with something around each of its operations. */
const around = <Port extends object>(port: Port, wrap: Around): Port => {
  const members = Object.entries<unknown>(port as Record<string, unknown>).map(([name, member]) => {
    if (typeof member !== 'function') return [name, member];
    const operation = member as (...args: unknown[]) => unknown;
    return [name, (...args: unknown[]) => wrap(name, args, () => operation(...args))];
  });
  return Object.fromEntries(members) as Port;
};

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value;

const lazily = (operation: string, answer: unknown): (() => string) => {
  let text: string | undefined;
  const plain = (_key: string, value: unknown): unknown =>
    value instanceof Map || value instanceof Set ? [...value] : value;
  return () => (text ??= `${operation} ${JSON.stringify(answer, plain)}`);
};
