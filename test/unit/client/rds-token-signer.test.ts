import { createHash, createHmac } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRdsTokenSigner, type IamDatabase } from '../../../client/index.ts';

const canary = 'canary-secret-access-key-77';
const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: canary };
const database: IamDatabase = {
  host: 'orders.c1a2b3.eu-west-1.rds.amazonaws.com',
  port: 5432,
  username: 'orders_app',
  region: 'eu-west-1',
};

type Credentials = NonNullable<NonNullable<ConstructorParameters<typeof SecretsManagerClient>[0]>['credentials']>;

const sign = (given: IamDatabase, credentials: Credentials = keys, region = 'eu-west-1') =>
  createRdsTokenSigner({ client: new SecretsManagerClient({ region, credentials }) }).sign(
    given,
    AbortSignal.timeout(60_000),
  );

/**
 * The token, computed here from its specification and nothing else:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 */
const computed = ({ host, port, username, region }: IamDatabase, date: string, sessionToken?: string): string => {
  const day = date.slice(0, 8);
  const scope = `${day}/${region}/rds-db/aws4_request`;
  const query = [
    ['Action', 'connect'],
    ['DBUser', username],
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${keys.accessKeyId}/${scope}`],
    ['X-Amz-Date', date],
    ['X-Amz-Expires', '900'],
    ...(sessionToken === undefined ? [] : [['X-Amz-Security-Token', sessionToken]]),
    ['X-Amz-SignedHeaders', 'host'],
  ]
    .map(([name, value]) => `${name}=${escaped(value!)}`)
    .join('&');
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const request = ['GET', '/', query, `host:${host}:${port}`, '', 'host', sha256('')].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(request)].join('\n');
  const key = [day, region!, 'rds-db', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${canary}`);
  return `${host}:${port}/?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`;
};

const escaped = (value: string) =>
  encodeURIComponent(value).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The parts in any order: RDS reads a query. */
const parts = (token: string) => {
  const url = new URL(`https://${token}`);
  return { host: url.host, path: url.pathname, query: Object.fromEntries(url.searchParams) };
};

const dateOf = (token: string) => new URL(`https://${token}`).searchParams.get('X-Amz-Date')!;

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a token for RDS', () => {
  it.each<[string, Partial<IamDatabase>, string?]>([
    ['of long-lived keys', {}],
    ['of a session', {}, 'session/token+with=signs'],
    ['of a user whose name needs quoting', { username: "team/app user+1!'()*" }],
    ['at another port and region', { port: 3306, region: 'us-gov-west-1' }],
  ])('%s is signed as AWS specifies', async (_title, more, sessionToken) => {
    const wanted = { ...database, ...more };
    const { token } = await sign(wanted, { ...keys, ...(sessionToken !== undefined && { sessionToken }) });
    expect(parts(token)).toEqual(parts(computed(wanted, dateOf(token), sessionToken)));
    expect(token).not.toContain(canary);
  });

  it("uses the client's region if the database has none", async () => {
    const { region: _region, ...nowhere } = database;
    const { token } = await sign(nowhere, keys, 'ap-south-1');
    expect(parts(token)).toEqual(parts(computed({ ...database, region: 'ap-south-1' }, dateOf(token))));
  });

  it('expires after 15 minutes', async () => {
    const { token, expiresAt } = await sign(database);
    const signedAt = dateOf(token).replace(/(....)(..)(..T..)(..)(..)Z/, '$1-$2-$3:$4:$5.000Z');
    expect(new Date(expiresAt.getTime() - 15 * 60_000).toISOString()).toBe(signedAt);
  });

  it('expires with the credentials that signed it, if they expire first', async () => {
    const expiration = new Date(Date.now() + 7 * 60_000);
    const { expiresAt } = await sign(database, { ...keys, expiration });
    expect(expiresAt).toEqual(expiration);
  });

  it('takes credentials and region that the SDK finds', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', keys.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', canary);
    vi.stubEnv('AWS_SESSION_TOKEN', undefined);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    const signer = createRdsTokenSigner();
    const { token } = await signer.sign({ ...database, region: 'eu-west-1' }, AbortSignal.timeout(60_000));
    signer.dispose?.();
    expect(parts(token)).toEqual(parts(computed(database, dateOf(token))));
  });

  it.each([
    [
      'credentials',
      true,
      'no AWS credentials were found',
      { credentials: () => Promise.reject(new Error('none')), region: 'eu-west-1' },
    ],
    [
      'invalid-argument',
      false,
      'the AWS region is unknown, set AWS_REGION',
      { credentials: keys, region: () => Promise.reject(new Error('Region is missing')) },
    ],
  ])('reports %s if it is missing', async (code, retryable, meaning, config) => {
    const signer = createRdsTokenSigner({ client: new SecretsManagerClient(config) });
    const { region: _region, ...nowhere } = database;
    await expect(signer.sign(nowhere, AbortSignal.timeout(60_000))).rejects.toMatchObject({
      name: 'SecretError',
      code,
      retryable,
      message: `can't sign a login of orders_app at ${database.host}:5432: ${meaning}`,
    });
  });
});
