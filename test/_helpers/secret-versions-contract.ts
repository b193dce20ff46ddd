/** What Secrets Manager does behind the `SecretVersions` port, real or modelled. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SecretDescription, SecretVersions, VersionSelector } from '../../lambdas/rotation/core/ports.ts';

export interface SecretVersionsUnderTest {
  readonly versions: SecretVersions;
  /** Creates a secret and turns its rotation on, without rotating. Returns the ARN. */
  create(name: string, options: { value: string; tags?: Record<string, string> }): Promise<string>;
  /** RotateSecret up to the point at which the function is called for `createSecret`. */
  startRotation(arn: string, token: string): Promise<void>;
}

export const describeSecretVersions = (name: string, prepare: () => Promise<SecretVersionsUnderTest>): void => {
  describe(`${name} as SecretVersions`, () => {
    let under: SecretVersionsUnderTest;
    let arn: string;
    let token: string;
    let first: string;
    const valueOf = async (version: VersionSelector) => (await under.versions.read(arn, version))?.value;
    const secretName = () => `dev/contract/secret-${randomUUID()}`;

    beforeEach(async () => {
      under = await prepare();
      arn = await under.create(secretName(), { value: 'first', tags: { 'strongroom:engine': 'postgres' } });
      token = randomUUID();
      const { stages } = await under.versions.describe(arn);
      first = [...stages].find(([, labels]) => labels.has('AWSCURRENT'))![0];
    });

    it('describes name, tags, rotation and labels', async () => {
      const description = await under.versions.describe(arn);

      expect(description).toMatchObject({ arn, rotationEnabled: true, tags: { 'strongroom:engine': 'postgres' } });
      expect(description.name).toMatch(/^dev\/contract\/secret-/);
      expect([...description.stages.get(first)!]).toEqual(['AWSCURRENT']);
    });

    it('says that there is no such secret', async () => {
      await expect(under.versions.describe(secretName())).rejects.toMatchObject({ code: 'value-missing' });
    });

    it('has a pending version without a value once a rotation starts', async () => {
      await under.startRotation(arn, token);

      const { stages } = await under.versions.describe(arn);
      expect([...stages.get(token)!]).toEqual(['AWSPENDING']);
      expect(await valueOf({ versionId: token })).toBeUndefined();
    });

    it('stores a pending value, and the same again without a change', async () => {
      await under.startRotation(arn, token);

      expect(await under.versions.storePending(arn, token, 'second')).toBe('stored');
      expect(await under.versions.storePending(arn, token, 'second')).toBe('stored');

      expect(await valueOf({ versionId: token })).toBe('second');
      expect(await valueOf({ stage: 'AWSCURRENT' })).toBe('first');
    });

    it('keeps the value that a version has', async () => {
      await under.startRotation(arn, token);
      await under.versions.storePending(arn, token, 'second');

      expect(await under.versions.storePending(arn, token, 'another')).toBe('other-value');

      expect(await valueOf({ versionId: token })).toBe('second');
    });

    it('moves AWSCURRENT, and leaves AWSPREVIOUS behind', async () => {
      await under.startRotation(arn, token);
      await under.versions.storePending(arn, token, 'second');

      expect(await under.versions.promote(arn, { from: first, to: token })).toBe('promoted');

      expect(await valueOf({ stage: 'AWSCURRENT' })).toBe('second');
      expect(await valueOf({ stage: 'AWSPREVIOUS' })).toBe('first');
    });

    it('moves AWSCURRENT only from where it is', async () => {
      await under.startRotation(arn, token);
      await under.versions.storePending(arn, token, 'second');
      await under.versions.promote(arn, { from: first, to: token });

      const next = randomUUID();
      await under.startRotation(arn, next);
      await under.versions.storePending(arn, next, 'third');

      expect(await under.versions.promote(arn, { from: first, to: next })).toBe('moved-elsewhere');
      expect(await valueOf({ stage: 'AWSCURRENT' })).toBe('second');
    });

    it('gives with a value the name, the version and its labels', async () => {
      const version = await under.versions.read(arn, { stage: 'AWSCURRENT' });

      expect(version).toMatchObject({ arn, versionId: first, value: 'first' });
      expect(version!.name).toMatch(/^dev\/contract\/secret-/);
      expect([...version!.stages]).toEqual(['AWSCURRENT']);
      expect(version!.createdAt).toBeInstanceOf(Date);
    });

    it('has no date of a rotation before the first, and says when something changed last', async () => {
      const { lastRotatedAt, lastChangedAt: before } = await under.versions.describe(arn);
      await under.startRotation(arn, token);
      await under.versions.storePending(arn, token, 'second');
      await under.versions.promote(arn, { from: first, to: token });
      const { lastChangedAt: after } = await under.versions.describe(arn);

      expect(lastRotatedAt).toBeUndefined();
      expect(after!.getTime()).toBeGreaterThanOrEqual(before!.getTime());
      const { createdAt } = (await under.versions.read(arn, { stage: 'AWSCURRENT' }))!;
      expect(after!.getTime()).toBeGreaterThanOrEqual(createdAt!.getTime());
    });

    it('takes a label away, and again without a change', async () => {
      await under.startRotation(arn, token);
      await under.versions.storePending(arn, token, 'second');
      await under.versions.promote(arn, { from: first, to: token });

      await under.versions.removeLabel(arn, 'AWSPREVIOUS', first);
      await under.versions.removeLabel(arn, 'AWSPREVIOUS', first);
      await under.versions.removeLabel(arn, 'AWSPENDING', token);

      expect(await valueOf({ stage: 'AWSPREVIOUS' })).toBeUndefined();
      const { stages } = await under.versions.describe(arn);
      expect([...stages.get(token)!]).toEqual(['AWSCURRENT']);
    });

    it('lists the secrets of an environment and engine with their labels', async () => {
      const other = await under.create(secretName(), { value: 'x', tags: { 'strongroom:engine': 'mysql' } });
      const engine = { 'strongroom:engine': 'postgres' };
      const adopted = await under.create(`legacy-${secretName()}`, {
        value: 'x',
        tags: { ...engine, 'strongroom:environment': 'dev' },
      });
      const foreign = await under.create(`prod-${secretName()}`, { value: 'x', tags: engine });

      const listed = new Map<string, SecretDescription>();
      for await (const secret of under.versions.list({ environment: 'dev', engine: 'postgres' })) {
        listed.set(secret.arn, secret);
      }

      expect(listed.has(other)).toBe(false);
      expect(listed.has(adopted)).toBe(true);
      expect(listed.has(foreign)).toBe(false);
      expect(listed.get(arn)).toEqual(await under.versions.describe(arn));
    });

    it('has no AWSPREVIOUS before the first rotation', async () => {
      expect(await valueOf({ stage: 'AWSPREVIOUS' })).toBeUndefined();
    });
  });
};
