import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createSiemToken, parseToken } from '../../../lambdas/audit/destinations/siem-token.ts';

const secretId = 'dev/strongroom/siem';
const token = 'canary-token-9f2';
const url = 'https://siem.example.com:8088';
const value = { token };
const signal = new AbortController().signal;

const secretsManager = mockClient(SecretsManagerClient);

beforeEach(() => {
  secretsManager.reset();
});

afterAll(() => {
  secretsManager.restore();
});

const scene = () => {
  const clock = { at: 0 };
  const learned: string[] = [];
  const warnings: string[] = [];
  const destination = createSiemToken({
    client: new SecretsManagerClient({ region: 'eu-west-1' }),
    secretId,
    url,
    now: () => clock.at,
    learn: (text) => learned.push(text),
    warn: (message) => warnings.push(message),
  });
  return {
    clock,
    learned,
    warnings,
    destination,
    reads: () => secretsManager.commandCalls(GetSecretValueCommand).length,
  };
};

describe('the token', () => {
  it('is read once and serves for five minutes', async () => {
    secretsManager.on(GetSecretValueCommand, { SecretId: secretId }).resolves({ SecretString: JSON.stringify(value) });
    const { clock, destination, reads } = scene();
    expect(await Promise.all([destination.read(signal), destination.read(signal)])).toEqual([token, token]);
    clock.at = 299_999;
    await destination.read(signal);
    expect(reads()).toBe(1);
    clock.at = 300_000;
    await destination.read(signal);
    expect(reads()).toBe(2);
  });

  it('is read again on demand, but not more than twice a minute: every read is an audited event itself', async () => {
    secretsManager.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify(value) });
    const { clock, destination, reads } = scene();
    await destination.read(signal);
    clock.at = 29_999;
    await destination.reread(signal);
    expect(reads()).toBe(1);
    clock.at = 30_000;
    await destination.reread(signal);
    expect(reads()).toBe(2);
  });

  it('that could not be read fails for thirty seconds without a call, then is tried again', async () => {
    secretsManager
      .on(GetSecretValueCommand)
      .rejectsOnce(new ResourceNotFoundException({ message: 'none', $metadata: {} }))
      .resolves({ SecretString: JSON.stringify(value) });
    const { clock, destination, reads } = scene();
    const failure = { code: 'destination-unreadable', retryable: false };
    await expect(destination.read(signal)).rejects.toMatchObject(failure);
    clock.at = 29_999;
    await expect(destination.read(signal)).rejects.toMatchObject(failure);
    expect(reads()).toBe(1);
    clock.at = 30_000;
    expect(await destination.read(signal)).toBe(token);
  });

  it('hands what it read to those who keep it out of the log', async () => {
    secretsManager.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify(value) });
    const { learned, destination } = scene();
    await destination.read(signal);
    expect(learned).toEqual([JSON.stringify(value)]);
  });

  it('that does not exist or has no value says what to put', async () => {
    secretsManager.on(GetSecretValueCommand).rejects(new ResourceNotFoundException({ message: 'none', $metadata: {} }));
    await expect(scene().destination.read(signal)).rejects.toThrow(
      'can\'t read the SIEM\'s secret dev/strongroom/siem: it does not exist or has no value yet; put {"token": "…"}',
    );
  });

  it('that may not be read says so', async () => {
    secretsManager.on(GetSecretValueCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(scene().destination.read(signal)).rejects.toThrow(
      "can't read the SIEM's secret dev/strongroom/siem: AccessDeniedException",
    );
  });
});

describe('the value of the secret', () => {
  const parse = (given: unknown) =>
    parseToken(typeof given === 'string' ? given : JSON.stringify(given), { secretId, url });

  it('is the token alone', () => {
    expect(parse(value)).toEqual({ token, hasAddress: false });
  });

  it.each([url, `${url}/`, 'HTTPS://SIEM.example.com:8088'])(
    'may still have the address that the catalog has now (%s), which is not used',
    async (address) => {
      expect(parse({ url: address, token })).toEqual({ token, hasAddress: true });
      secretsManager.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ url: address, token }) });
      const { clock, destination, warnings } = scene();
      expect(await destination.read(signal)).toBe(token);
      clock.at = 300_000;
      await destination.read(signal);
      expect(warnings).toEqual([
        'the value of the SIEM\'s secret dev/strongroom/siem has a url, which is not used: the catalog has it; put {"token": "…"}',
      ]);
    },
  );

  const otherAddress = `has another address than the catalog (siem.url is ${url}): nothing is sent there`;

  it.each([
    [token, 'must be a JSON object'],
    [[value], 'must be a JSON object'],
    ['', 'must be a JSON object'],
    [{ ...value, index: 'x' }, 'must have no key but token'],
    [{ [token]: 'x' }, 'must have no key but token'],
    [{ url }, 'must have a token without spaces'],
    [{ token: `${token} ` }, 'must have a token without spaces'],
    [{ token: `${token}\r\nx-header: y` }, 'must have a token without spaces'],
    [{ url: 'https://siem.example.org:8088', token }, otherAddress],
    [{ url: 'https://siem.example.com', token }, otherAddress],
    [{ url: 'http://siem.example.com:8088', token }, otherAddress],
    [{ url: `${url}@evil.example.com`, token }, otherAddress],
    [{ url: `https://user:${token}@siem.example.com:8088`, token }, otherAddress],
    [{ url: `${url}/services/collector`, token }, otherAddress],
    [{ url: token, token: 'x' }, otherAddress],
    [{ url: { [token]: token }, token: 'x' }, otherAddress],
  ])('case %# is refused by what is wrong, without what it holds', (given, what) => {
    const failure = (() => {
      try {
        return parse(given);
      } catch (error) {
        return error as Error;
      }
    })();
    expect(failure).toMatchObject({
      code: 'destination-invalid',
      message: `the value of the SIEM's secret dev/strongroom/siem ${what}; put {"token": "…"}`,
    });
    expect(JSON.stringify([failure, (failure as Error).message, (failure as Error).stack])).not.toContain(token);
  });
});
