/** Takes the secrets that an invocation has seen out of whatever leaves the function: log lines, errors, metrics. */
import { databaseSecretKeys } from '../../lib/contract/index.ts';

/** Values under these keys of a database secret are no secrets, and a log without them would be of no use. */
const plainKeys: ReadonlySet<string> = new Set(databaseSecretKeys.filter((key) => key !== 'password'));

/** Shorter values would turn every line into asterisks and so say what they are. */
const shortestSecret = 4;

/** Any other name of a key can be a password that was put in its place. Shorter names are words that log lines have too. */
const plainName = /^[\w.-]{1,19}$/;

const replacement = '[redacted]';

/** A SCRAM verifier is enough to try passwords against at leisure. */
const scramVerifier = /SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+/g;

export class Redactor {
  readonly #secrets = new Set<string>();

  /** Takes a secret to hide from now on. */
  learn(secret: string): void {
    if (secret.length < shortestSecret) return;
    // By way of UTF-8, since encodeURIComponent throws on half of a surrogate pair, which JSON can hold.
    const inUri = encodeURIComponent(Buffer.from(secret).toString());
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), inUri]) {
      this.#secrets.add(form);
    }
  }

  /**
   * Takes the value of a secret as stored: the text, and where it is JSON every value in it that is not plain.
   *
   * @param plain - keys whose values are no secrets. @default those of a database secret
   */
  learnValue(text: string, plain: ReadonlySet<string> = plainKeys): void {
    this.learn(text);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) return;
      throw error;
    }
    this.#learnDeep(value, plain);
  }

  /** Forgets what an earlier invocation had learned. */
  forget(): void {
    this.#secrets.clear();
  }

  redact(text: string): string {
    // Longest first: a secret that is part of another must not leave the rest of that other behind.
    const secrets = [...this.#secrets].sort((a, b) => b.length - a.length);
    let redacted = text.replace(scramVerifier, replacement);
    for (const secret of secrets) redacted = redacted.replaceAll(secret, replacement);
    return redacted;
  }

  #learnDeep(value: unknown, plain: ReadonlySet<string>, key?: string): void {
    if (typeof value === 'string') {
      if (key === undefined || !plain.has(key)) this.learn(value);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        if (!plain.has(name) && !plainName.test(name)) this.learn(name);
        this.#learnDeep(item, plain, Array.isArray(value) ? key : name);
      }
    }
  }
}
