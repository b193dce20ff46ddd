import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutQuotedValues } from '../../../../lambdas/audit/normalise/error-message.ts';
import { normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import { rawRecord } from '../../../../lambdas/audit/normalise/raw-record.ts';
import { account, apiCall, kmsDecrypt, ordersDb, region, type JsonRecord } from '../../../_fixtures/cloudtrail.ts';
import { record } from '../../../_helpers/audit-record.ts';

const canary = 'canary-7Hq2';
const origin = { account, region };

/** Everything that leaves for a record. */
const leaving = (detail: JsonRecord): string => JSON.stringify(normaliseRecord(detail, origin)) + rawRecord(detail);

describe('a value that a record should not have', () => {
  it('does not leave, wherever it is', () => {
    const detail = record('canaries');
    expect(JSON.stringify(detail).split(canary).length).toBeGreaterThan(35);
    expect(leaving(detail)).not.toContain(canary);
  });

  it('does not leave under any name, at any depth, as text, list or object', () => {
    const places = ['requestParameters', 'responseElements', 'additionalEventData', 'serviceEventDetails', 'addendum'];
    const secretNames = fc.constantFrom(
      ...['secretString', 'secretBinary', 'SecretString', 'password', 'tags', 'tag', 'policy', 'resourcePolicy'],
      ...['description', 'plaintext', 'ciphertextBlob', 'randomPassword', 'token', 'rotationToken', 'value', 'values'],
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constant(canary),
        fc.array(tie('any'), { minLength: 1, maxLength: 3 }),
        fc.dictionary(fc.oneof(secretNames, fc.string()), tie('any'), { minKeys: 1, maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(fc.constantFrom(...places), secretNames, value, (place, name, planted) => {
        expect(leaving(apiCall('UpdateSecret', { [place]: { [name]: planted } }))).not.toContain(canary);
        expect(leaving(kmsDecrypt({ [place]: { encryptionContext: { [name]: planted } } }))).not.toContain(canary);
        expect(leaving(apiCall('UpdateSecret', { [name]: planted }))).not.toContain(canary);
      }),
    );
  });

  it('does not leave inside a field that may, if it is an object there', () => {
    const names = ['secretId', 'versionStage', 'name', 'kmsKeyId', 'filters', 'rotationRules', 'addReplicaRegions'];
    for (const name of names) {
      for (const planted of [{ secretString: canary }, [{ secretString: canary }], [[canary]]]) {
        const detail = apiCall('UpdateSecret', { requestParameters: { [name]: planted } });
        expect(leaving(detail)).not.toContain(canary);
      }
    }
  });
});

describe('an error message', () => {
  it.each([
    `1 validation error detected: Value '${canary}' at 'secretString' failed to satisfy constraint: too long`,
    `2 validation errors detected: Value '${canary}' at 'secretString' failed; Value '${canary}' at 'name' failed`,
    `Value '${canary}' it's' at 'secretString' failed`,
    `Value '["${canary}", "b"]' at 'secretIdList' failed`,
    `Value [${canary}, b] at 'secretIdList' failed`,
    `Values '${canary}' and more`,
    // CloudTrail cut the message: the closing quote is lost.
    `1 validation error detected: Value '${canary}`,
    `Invalid value "${canary}"`,
    `The parameter SecretString is not valid: "${canary}"`,
    `The parameter SecretString is not valid: "${canary}`,
    `Unexpected token in '${canary}' at position 3`,
    `Could not parse \`${canary}\``,
    `Not JSON: {"password": "${canary}", "pin": 1234}`,
    `Not JSON: {password=${canary}`,
    `can't read '${canary}', can't go on`,
    `Policy {"Statement":[{"Sid":"${canary}"}]} is malformed`,
  ])('loses what it quotes: case %#', (errorMessage) => {
    const detail = apiCall('PutSecretValue', { errorCode: 'ValidationException', errorMessage });
    expect(leaving(detail)).not.toContain(canary);
    expect(normaliseRecord(detail, origin).status_detail).toContain('(redacted)');
  });

  it.each([
    `User: arn:aws:sts::${account}:assumed-role/x/y is not authorized to perform: secretsmanager:GetSecretValue on resource: ${ordersDb} with an explicit deny in a resource-based policy`,
    "Secrets Manager can't find the specified secret.",
    "You can't perform this operation on the secret because it was marked for deletion.",
    `Access to KMS is not allowed for "${ordersDb}"`,
  ])('that quotes no value stays: case %#', (message) => {
    expect(withoutQuotedValues(message)).toBe(message);
  });

  it('keeps the name of the field', () => {
    expect(withoutQuotedValues(`Value 'x' at 'secretString' failed to satisfy constraint`)).toBe(
      "Value (redacted) at 'secretString' failed to satisfy constraint",
    );
  });

  it('never leaves a value between quotes, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("'", '"', '`'), fc.string(), (before, quote, after) => {
        // A quote directly after a letter is an apostrophe; an open quote before takes everything after it.
        const message = `${before} ${quote}${canary}${quote} ${after}`;
        expect(withoutQuotedValues(message)).not.toContain(`${quote}${canary}${quote}`);
      }),
    );
  });
});

describe('the raw record', () => {
  it('is the record without what may not leave', () => {
    const detail = record('canaries');
    const raw = JSON.parse(rawRecord(detail)) as JsonRecord;
    expect(raw).toMatchObject({
      eventVersion: '1.11',
      eventName: 'UpdateSecret',
      eventID: detail['eventID'],
      userIdentity: { type: 'AssumedRole', sessionContext: { sessionIssuer: { userName: 'dev-payments-api' } } },
      requestParameters: { secretId: ordersDb, filters: [{ key: 'name', values: ['dev/'] }] },
      responseElements: { arn: ordersDb, versionId: 'v1' },
      additionalEventData: { SecretId: ordersDb },
      resources: [{ ARN: ordersDb, accountId: account }],
      tlsDetails: { tlsVersion: 'TLSv1.3' },
    });
  });

  it('keeps null, and has the details of an event that is not of CloudTrail', () => {
    expect(JSON.parse(rawRecord(record('request-parameters-null')))).toMatchObject({ requestParameters: null });
    expect(rawRecord({ name: 'a/b', labelUpdated: 'AWSCURRENT', versionId: 'v1', other: canary })).toBe(
      '{"name":"a/b","labelUpdated":"AWSCURRENT","versionId":"v1"}',
    );
  });

  it('is one JSON text of bounded length for anything', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(typeof JSON.parse(rawRecord(value))).toBe('object');
      }),
    );
    const list = Array.from({ length: 1_000 }, () => 'x'.repeat(10_000));
    const names = ['eventName', 'userAgent', 'requestParameters', 'resources', 'userIdentity', 'awsRegion'];
    const large = { ...Object.fromEntries(names.map((name) => [name, list])), requestParameters: { secretId: list } };
    const raw = rawRecord(large);
    expect(raw.length).toBeLessThanOrEqual(32_768);
    expect(JSON.stringify(JSON.parse(raw))).toContain('(left out: ');
  });
});
