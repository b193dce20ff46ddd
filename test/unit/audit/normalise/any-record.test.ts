import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { normalise, normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import { rawRecord } from '../../../../lambdas/audit/normalise/raw-record.ts';
import { InvalidEvent } from '../../../../lambdas/runtime/invalid-event.ts';
import {
  account,
  apiCall,
  eventBridge,
  kmsDecrypt,
  labelUpdated,
  region,
  serviceEvent,
  type JsonRecord,
} from '../../../_fixtures/cloudtrail.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';

const origin = { account, region };

/** Names that objects have by themselves, and names of fields, so that odd values come where they are read. */
const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON', 'length'),
  fc.constantFrom('type', 'arn', 'secretId', 'filters', 'tags', 'sessionContext', 'sessionIssuer', 'attributes'),
  fc.string({ unit: 'binary' }),
);

const json = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'arn:aws:x', '', 'a\u202Eb', '\uD800'),
      fc.ipV6(),
    ),
    fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
    fc.array(tie('any'), { maxLength: 4 }),
    // As JSON.parse makes it: `__proto__` is a key like any other.
    fc.array(fc.tuple(names, tie('any')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
  ),
})).any;

type Path = readonly string[];

const pathsOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([name, field]) => [[...path, name], ...pathsOf(field, [...path, name])])
    : [];

const replaced = (value: unknown, [name, ...rest]: Path, by: unknown): unknown => {
  if (name === undefined) return by;
  const entries = Object.entries(value as object) as [string, unknown][];
  return Object.fromEntries(entries.map(([key, field]) => [key, key === name ? replaced(field, rest, by) : field]));
};

/** The value with something else in up to four places, at any depth, and up to two fields more. */
const changed = (...values: readonly JsonRecord[]): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.constantFrom(...values),
      fc.array(fc.tuple(fc.nat(), json), { maxLength: 4 }),
      fc.array(fc.tuple(fc.oneof(fc.constantFrom('errorCode', 'errorMessage', 'arn', 'sharedEventID'), names), json), {
        maxLength: 2,
      }),
    )
    .map(([value, changes, more]) => {
      const other = changes.reduce<unknown>((result, [index, by]) => {
        const paths = pathsOf(value);
        const path = paths[index % paths.length] ?? [];
        return hasPath(result, path) ? replaced(result, path, by) : result;
      }, value);
      return Object.fromEntries([...Object.entries(other as object), ...more]);
    });

const hasPath = (value: unknown, [name, ...rest]: Path): boolean =>
  name === undefined ||
  (typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, name) &&
    hasPath(Reflect.get(value, name), rest));

const samples: readonly JsonRecord[] = [
  apiCall('GetSecretValue'),
  kmsDecrypt(),
  serviceEvent('RotationFailed'),
  {
    ...apiCall('CreateSecret'),
    errorCode: 'x',
    errorMessage: 'x',
    vpcEndpointId: 'x',
    resources: [{ ARN: 'x', type: 'x' }],
    responseElements: { arn: 'x', name: 'x', replicationStatus: [{ region: 'x' }] },
    additionalEventData: { SecretId: 'x' },
  },
];

const records = changed(...samples);

const oddValues: readonly unknown[] = [
  ...['__proto__', 'constructor', '', 'a\u202Eb', '\uD800', '\n', 'é'.repeat(100_000)],
  ...[null, true, -1, 1e308, [], [[]], [null], {}, { __proto__: null, toString: 1 }, { length: -1 }],
];

/** As a string of JSON would arrive. */
const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const expectEventOrRefusal = (make: () => object): void => {
  let event: object;
  try {
    event = make();
  } catch (error) {
    if (!(error instanceof InvalidEvent)) throw error;
    return;
  }
  expect(ocsfProblems(parsed(event))).toEqual([]);
  expect(JSON.stringify(event)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.stringify(event).length).toBeLessThan(200_000);
};

afterEach(() => {
  expect(Reflect.ownKeys(Object.prototype)).toEqual(prototypeKeys);
  expect(Reflect.ownKeys(Array.prototype)).toEqual(arrayKeys);
});

const prototypeKeys = Reflect.ownKeys(Object.prototype);
const arrayKeys = Reflect.ownKeys(Array.prototype);

describe('any JSON', () => {
  it('in each place of a record is a valid event or refused as an InvalidEvent', () => {
    for (const sample of samples) {
      for (const path of pathsOf(sample)) {
        for (const value of oddValues) {
          expectEventOrRefusal(() => normaliseRecord(parsed(replaced(sample, path, value)), origin));
        }
      }
    }
  });

  it('as a record is a valid event or refused as an InvalidEvent', () => {
    fc.assert(
      fc.property(fc.oneof(records, json), (record) => {
        expectEventOrRefusal(() => normaliseRecord(parsed(record), origin));
        expect(typeof JSON.parse(rawRecord(parsed(record)))).toBe('object');
      }),
      { numRuns: 500 },
    );
  });

  it('as a message is a valid event or refused as an InvalidEvent', () => {
    const events = changed(eventBridge(apiCall('GetSecretValue')), labelUpdated(), {
      ...labelUpdated(),
      'detail-type': 'Strongroom Audit Heartbeat',
      source: 'strongroom.audit',
    });
    fc.assert(
      fc.property(fc.oneof(events, json), (event) => {
        expectEventOrRefusal(() => normalise(JSON.stringify(event)));
      }),
      { numRuns: 300 },
    );
  });

  it('any text as a message is refused as an InvalidEvent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expectEventOrRefusal(() => normalise(text));
      }),
    );
  });

  it('any time that the record may have gives milliseconds', () => {
    for (const eventTime of ['2026-11-21T10:15:30Z', '2026-11-21T10:15:30.123456789Z', '2026-11-21T10:15:30+01:00']) {
      expect(Number.isInteger(normaliseRecord(apiCall('GetSecretValue', { eventTime }), origin).time)).toBe(true);
    }
    for (const eventTime of ['Foo 1', '2026', '1', '2026-13-41T10:15:30Z', '+275760-09-13T00:00:00.001Z', 1, null]) {
      expect(() => normaliseRecord(apiCall('GetSecretValue', { eventTime }), origin)).toThrow(InvalidEvent);
    }
  });

  it('any address gives an endpoint', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain(), fc.string()), (sourceIPAddress) => {
        const event = normaliseRecord(apiCall('GetSecretValue', { sourceIPAddress }), origin);
        expect(ocsfProblems(event)).toEqual([]);
      }),
    );
  });
});
