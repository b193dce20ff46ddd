/** A store of secrets in memory. The test controls when and how it answers. */
import { SecretError, type SecretErrorCode, type SecretReader, type StoredSecret } from '../../client/index.ts';

export class FakeSecretReader implements SecretReader {
  readonly #secrets = new Map<string, StoredSecret>();
  readonly #held: (() => void)[] = [];
  #version = 0;
  #failure: Error | undefined;
  #holds = false;
  readonly reads: string[] = [];
  disposed = false;

  put(name: string, value: string | object): string {
    this.#version += 1;
    const versionId = `version-${this.#version}`;
    this.#secrets.set(name, { text: typeof value === 'string' ? value : JSON.stringify(value), versionId });
    return versionId;
  }

  /** Makes every read fail. Without a code, reads succeed again. */
  fail(code?: SecretErrorCode, retryable = false): void {
    this.#failure = code === undefined ? undefined : new SecretError(code, `fake ${code}`, { retryable });
  }

  failWith(error: Error): void {
    this.#failure = error;
  }

  /** Makes reads wait. They answer with the value that they found at their start. */
  hold(): void {
    this.#holds = true;
  }

  /** @param index - index of the waiting read to answer. @default the oldest */
  async release(index = 0): Promise<void> {
    this.#held.splice(index, 1)[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }

  async read(name: string, signal: AbortSignal): Promise<StoredSecret> {
    this.reads.push(name);
    const found = this.#secrets.get(name);
    const failure = this.#failure;
    if (this.#holds) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
    }
    if (failure) throw failure;
    if (!found) throw new SecretError('not-found', `no ${name}`);
    return found;
  }

  dispose(): void {
    this.disposed = true;
  }
}
