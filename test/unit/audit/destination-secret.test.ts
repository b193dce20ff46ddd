import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createDestinationSecret, parseSecret } from '../../../lambdas/audit/destinations/destination-secret.ts';

const secretId = 'dev/strongroom/siem';
const token = 'canary-token-9f2';
const url = 'https://siem.example.com:8088';
const value = { token };
const example = '{"token": "…"}';
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
  const destination = createDestinationSecret({
    client: new SecretsManagerClient({ region: 'eu-west-1' }),
    secretId,
    example,
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

describe('the secret of a destination', () => {
  it('is read once and serves for five minutes', async () => {
    secretsManager.on(GetSecretValueCommand, { SecretId: secretId }).resolves({ SecretString: JSON.stringify(value) });
    const { clock, destination, reads } = scene();
    expect(await Promise.all([destination.read(signal), destination.read(signal)])).toEqual([value, value]);
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
    const failure = { code: 'secret-unreadable', retryable: false };
    await expect(destination.read(signal)).rejects.toMatchObject(failure);
    clock.at = 29_999;
    await expect(destination.read(signal)).rejects.toMatchObject(failure);
    expect(reads()).toBe(1);
    clock.at = 30_000;
    expect(await destination.read(signal)).toEqual(value);
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
      'can\'t read the destination\'s secret dev/strongroom/siem: it does not exist or has no value yet; put {"token": "…"}',
    );
  });

  it('that may not be read says so', async () => {
    secretsManager.on(GetSecretValueCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(scene().destination.read(signal)).rejects.toThrow(
      "can't read the destination's secret dev/strongroom/siem: AccessDeniedException",
    );
  });
});

describe('the value of the secret', () => {
  const parse = (given: unknown) =>
    parseSecret(typeof given === 'string' ? given : JSON.stringify(given), { secretId, example, url });

  it('is the token alone', () => {
    expect(parse(value)).toEqual({ value: { token }, hasAddress: false });
  });

  it.each([url, `${url}/`, 'HTTPS://SIEM.example.com:8088'])(
    'may still have the address that the catalog has now (%s), which is not used',
    async (address) => {
      expect(parse({ url: address, token })).toEqual({ value: { token }, hasAddress: true });
      secretsManager.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ url: address, token }) });
      const { clock, destination, warnings } = scene();
      expect(await destination.read(signal)).toEqual(value);
      clock.at = 300_000;
      await destination.read(signal);
      expect(warnings).toEqual([
        'the value of the destination\'s secret dev/strongroom/siem has a url, which is not used: the catalog has it; put {"token": "…"}',
      ]);
    },
  );

  const otherAddress = `has another address than the catalog (${url}): nothing is sent there`;

  it.each([
    [token, 'must be a JSON object'],
    [[value], 'must be a JSON object'],
    ['', 'must be a JSON object'],
    [{ ...value, index: 'x' }, 'must have no key but token'],
    [{ [token]: 'x' }, 'must have no key but token'],
    [{ url }, 'must have under token a text without spaces'],
    [{ token: `${token} ` }, 'must have under token a text without spaces'],
    [{ token: `${token}\r\nx-header: y` }, 'must have under token a text without spaces'],
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
      code: 'secret-invalid',
      message: `the value of the destination's secret dev/strongroom/siem ${what}; put {"token": "…"}`,
    });
    expect(JSON.stringify([failure, (failure as Error).message, (failure as Error).stack])).not.toContain(token);
  });
});

describe('the value of the secret of other destinations', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const login = '{"username": "…", "password": "…"}';
  const certificate = '{"certificate": "…", "key": "…"}';

  it.each([
    [login, { username: 'elastic', password: 'pass phrase é' }],
    [certificate, { certificate: pem, key: pem }],
    ['{"signingKey": "whsec_…"}', { signingKey: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
  ])('%s is taken as it is', (form, given) => {
    expect(parseSecret(JSON.stringify(given), { secretId, example: form })).toEqual({
      value: given,
      hasAddress: false,
    });
  });

  it.each([
    [login, { username: 'elastic' }, 'must have under password a text without line breaks'],
    [login, { username: 'a\r\nx: y', password: 'p' }, 'must have under username a text without line breaks'],
    [login, { username: 'a', password: 1 }, 'must have under password a text without line breaks'],
    [login, { username: 'a', password: 'p', url: 'https://a' }, 'must have no key but username, password'],
    [certificate, { certificate: pem, key: 'MIIB' }, 'must have under key a PEM block'],
    ['{"apiKey": "…"}', { apiKey: 'a b' }, 'must have under apiKey a text without spaces'],
  ])('%s: case %# is refused', (form, given, what) => {
    expect(() => parseSecret(JSON.stringify(given), { secretId, example: form })).toThrow(
      `the value of the destination's secret dev/strongroom/siem ${what}; put ${form}`,
    );
  });

  it('is read anew for the next caller if the time of the first one was up', async () => {
    const { destination } = scene();
    const aborted = AbortSignal.abort();
    secretsManager
      .on(GetSecretValueCommand)
      .rejectsOnce(Object.assign(new Error('aborted'), { name: 'AbortError' }))
      .resolves({ SecretString: JSON.stringify(value) });
    await expect(destination.read(aborted)).rejects.toMatchObject({ code: 'timeout', retryable: true });
    expect(await destination.read(signal)).toEqual(value);
  });
});
