import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSiemDestination, parseDestination } from '../../../lambdas/adapters/siem-destination.ts';

const secretId = 'dev/strongroom/siem';
const token = 'canary-token-9f2';
const value = { url: 'https://siem.example.com:8088', token };
const signal = new AbortController().signal;

const secretsManager = mockClient(SecretsManagerClient);

beforeEach(() => {
  secretsManager.reset();
});

const scene = () => {
  const clock = { at: 0 };
  const learned: string[] = [];
  const destination = createSiemDestination({
    client: new SecretsManagerClient({ region: 'eu-west-1' }),
    secretId,
    now: () => clock.at,
    learn: (text) => learned.push(text),
  });
  return { clock, learned, destination, reads: () => secretsManager.commandCalls(GetSecretValueCommand).length };
};

describe('the destination', () => {
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
    const failure = { code: 'destination-unreadable', retryable: false };
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
      'can\'t read the SIEM\'s secret dev/strongroom/siem: it does not exist or has no value yet; put {"url": "https://host:8088", "token": "…"}',
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
    parseDestination(typeof given === 'string' ? given : JSON.stringify(given), secretId);

  it('is address and token', () => {
    expect(parse(value)).toEqual(value);
    expect(parse({ url: 'https://siem.example.com/', token })).toEqual({ url: 'https://siem.example.com', token });
  });

  it.each([
    [token, 'must be a JSON object'],
    [[value], 'must be a JSON object'],
    ['', 'must be a JSON object'],
    [{ ...value, urll: 'x' }, 'has the unknown key "urll"'],
    [{ url: value.url }, 'must have a token without spaces'],
    [{ ...value, token: `${token} ` }, 'must have a token without spaces'],
    [{ ...value, token: `${token}\r\nx-header: y` }, 'must have a token without spaces'],
    [{ token }, 'must have a url'],
    [{ url: 'siem.example.com', token }, 'must have a url'],
    [{ url: 'http://siem.example.com:8088', token }, 'must have a url that starts with https:// (got http://)'],
    [
      { url: `https://user:${token}@siem.example.com`, token },
      'must have a url of scheme, host and port alone: the path is added',
    ],
    [
      { url: 'https://siem.example.com/services/collector', token },
      'must have a url of scheme, host and port alone: the path is added',
    ],
    [
      { url: `https://siem.example.com?token=${token}`, token },
      'must have a url of scheme, host and port alone: the path is added',
    ],
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
      message: `the value of the SIEM's secret dev/strongroom/siem ${what}; write {"url": "https://host:8088", "token": "…"}`,
    });
    expect(JSON.stringify([failure, (failure as Error).message, (failure as Error).stack])).not.toContain(token);
  });
});
