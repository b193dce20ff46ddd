import { describe, expect, it } from 'vitest';
import { createCredentialStore } from '../../../local/gateway/identity/credentials.ts';
import { identify } from '../../../local/gateway/identity/identify.ts';
import { httpMessage } from '../../../local/gateway/wire/http-message.ts';
import { signed } from './signed.ts';

const session = {
  account: '111122223333',
  roleArn: 'arn:aws:iam::111122223333:role/path/reader',
  roleId: 'AROA1',
  sessionName: 'task',
  durationSeconds: 900,
};

describe('the keys of the gateway', () => {
  it('are one administrator an account, random in every run', () => {
    const [one, another] = [createCredentialStore(), createCredentialStore()];

    expect(one.administrator('111122223333')).toEqual(one.administrator('111122223333'));
    expect(one.administrator('111122223333')).not.toEqual(one.administrator('444455556666'));
    expect(one.administrator('111122223333')).not.toEqual(another.administrator('111122223333'));
    expect(one.administrator('111122223333').accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  });

  it('know their session by the ARN that AWS would give it', () => {
    const store = createCredentialStore();
    const { credentials, caller } = store.openSession(session);

    expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(caller).toMatchObject({
      arn: 'arn:aws:sts::111122223333:assumed-role/reader/task',
      principalId: 'AROA1:task',
      roleArn: session.roleArn,
    });
    expect(store.find(credentials.accessKeyId)?.caller).toEqual(caller);
  });

  it('end when their session does, and are known for a day more, so that their user hears that they expired', () => {
    let now = 0;
    const store = createCredentialStore(() => now);
    const { credentials } = store.openSession(session);
    expect(credentials.expiration).toEqual(new Date(900_000));

    now = 900_000 + 86_400_000;
    store.openSession(session);
    expect(store.find(credentials.accessKeyId)).toBeDefined();

    now += 1;
    store.openSession(session);
    expect(store.find(credentials.accessKeyId)).toBeUndefined();
  });
});

describe('a caller', () => {
  it('of a session is known until it ends, and told that it has', async () => {
    let now = Date.now();
    const store = createCredentialStore(() => now);
    const { credentials, caller } = store.openSession(session);
    const call = await signed(credentials, 'kms', { headers: { 'x-amz-target': 'TrentService.Decrypt' } });
    expect(await identify(call, store, () => now)).toMatchObject({
      key: { caller },
      service: 'kms',
      region: 'eu-west-1',
    });

    now += 900_000;

    await expect(identify(call, store, () => now)).rejects.toMatchObject({ code: 'ExpiredTokenException' });
  });

  it('whose signature is older than a quarter of an hour is refused', async () => {
    const store = createCredentialStore();
    const headers = { 'x-amz-target': 'TrentService.Decrypt' };
    const signedAt = (minutesAgo: number) =>
      signed(store.administrator('111122223333'), 'kms', { headers }, new Date(Date.now() - minutesAgo * 60_000));

    await expect(identify(await signedAt(14), store)).resolves.toBeDefined();
    await expect(identify(await signedAt(16), store)).rejects.toMatchObject({ code: 'InvalidSignatureException' });
  });

  it.each([
    [{ 'x-amz-target': 'kms.Decrypt' }, 'MissingAuthenticationTokenException'],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 'MissingAuthenticationToken'],
    [{ 'x-amz-target': 'kms.Decrypt', authorization: 'Bearer x' }, 'IncompleteSignatureException'],
    [{ 'content-type': 'application/x-www-form-urlencoded', authorization: 'Bearer x' }, 'IncompleteSignature'],
  ])('with %j is refused as %s', async (headers: Record<string, string>, code) => {
    const message = httpMessage({ method: 'POST', url: '/', headers, body: Buffer.alloc(0) });

    await expect(identify(message, createCredentialStore())).rejects.toMatchObject({ code, status: 403 });
  });
});
