/** The contract of readers, for the one of Secrets Manager and the fake. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SecretReader } from '../../client/index.ts';

export interface SecretReaderUnderTest {
  readonly reader: SecretReader;
  /** Stores a value as the current version; the first one creates the secret. */
  put(name: string, value: string): Promise<void>;
}

export const describeSecretReader = (kind: string, prepare: () => SecretReaderUnderTest): void => {
  describe(`${kind} as SecretReader`, () => {
    let under: SecretReaderUnderTest;
    let name: string;
    const signal = () => AbortSignal.timeout(60_000);

    beforeEach(() => {
      under = prepare();
      name = `dev/contract/secret-${randomUUID()}`;
    });

    it('returns the current value as stored, with a stable version', async () => {
      await under.put(name, '{"username":"ünï"}');
      const read = await under.reader.read(name, signal());
      expect(read).toEqual({ text: '{"username":"ünï"}', versionId: expect.stringMatching(/./) as string });
      expect(await under.reader.read(name, signal())).toEqual(read);
    });

    it('returns a new value with a new version', async () => {
      await under.put(name, 'first');
      const first = await under.reader.read(name, signal());
      await under.put(name, 'second');
      const second = await under.reader.read(name, signal());
      expect(second.text).toBe('second');
      expect(second.versionId).not.toBe(first.versionId);
    });

    it('reports a secret that does not exist as not found, and not retryable', async () => {
      await expect(under.reader.read(name, signal())).rejects.toMatchObject({
        name: 'SecretError',
        code: 'not-found',
        retryable: false,
      });
    });
  });
};
