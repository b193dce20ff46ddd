import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readsByTags } from '../../../lib/access/reading.ts';
import type { Consumer, Secret } from '../../../lib/model/catalog.ts';
import { readingOf } from '../../../lib/reader-policies/reading.ts';

type Environment = Parameters<typeof readingOf>[0];
type Application = Parameters<typeof readingOf>[1];

const environment: Environment = { name: 'prod', account: '123456789012', region: 'eu-central-1' };
const consumer = { name: 'api', roleName: 'prod-payments-api' } as unknown as Consumer;

const secret = (fullName: string, more: Partial<Secret> = {}): Secret =>
  ({ name: 'x', fullName, readers: ['api'], sensitivity: 'high', ...more }) as Secret;

const named = (count: number, last: number): Secret[] => [
  ...Array.from({ length: count - 1 }, (_, at) => secret(`prod/payments/${'s'.repeat(20)}-${at}`)),
  secret(`prod/payments/${'l'.repeat(last)}`),
];

const both = (where: Environment, application: Application): readonly [boolean, boolean] => [
  readsByTags(where, application, consumer),
  readingOf(where, application, consumer) === 'by tags',
];

describe('whether a consumer reads by tags', () => {
  it('is answered alike by what judges and by what writes, at every length about the limit of a policy', () => {
    const answers = new Set<boolean>();
    for (let count = 20; count <= 40; count++) {
      for (let last = 1; last <= 160; last++) {
        const [judged, written] = both(environment, { name: 'payments', secrets: named(count, last) });
        expect(judged, `${count} secrets, the last of ${last} characters`).toBe(written);
        answers.add(judged);
      }
    }
    expect(answers).toEqual(new Set([true, false]));
  });

  it('is answered alike for replicas, adopted secrets, logins, other partitions and names of other shapes', () => {
    const answers = new Set<boolean>();
    const adopted = { arn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:old/one-AbCdEf' };
    const key = 'arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555';
    const extras: readonly Partial<Secret>[] = [
      { replicas: ['eu-west-1'] },
      { sensitivity: 'medium' as Secret['sensitivity'] },
      { adopted: adopted },
      { adopted: { ...adopted, keyArn: key } },
      { readers: ['worker'] },
      {},
    ];
    fc.assert(
      fc.property(
        fc.array(fc.record({ extra: fc.nat({ max: extras.length - 1 }), length: fc.integer({ min: 1, max: 90 }) }), {
          maxLength: 45,
          minLength: 5,
        }),
        fc.nat({ max: 3 }),
        fc.constantFrom('eu-central-1', 'cn-north-1', 'us-gov-west-1'),
        fc.constantFrom<'auto' | 'never' | undefined>('auto', 'never', undefined),
        fc.constantFrom(undefined, '/{environment}/{application}/{secret}'),
        (drawn, logins, region, byTag, nameTemplate) => {
          const prefix = nameTemplate === undefined ? 'prod/payments/' : '/prod/payments/';
          const application = {
            name: 'payments',
            secrets: drawn.map(({ extra, length }, at) =>
              secret(`${at % 7 === 6 ? 'Own_' : prefix}${'n'.repeat(length)}${at}`, extras[extra]),
            ),
            iamDatabases: Array.from({ length: logins }, (_, at) => ({
              resourceId: `db-ABCDEFGHIJ${at}`,
              username: 'payments_app',
              readers: ['api'],
            })),
          } as unknown as Application;
          const where = {
            ...environment,
            region,
            ...(byTag && { fences: { byTag } }),
            ...(nameTemplate !== undefined && { nameTemplate }),
          } as Environment;
          const [judged, written] = both(where, application);
          expect(judged).toBe(written);
          answers.add(judged);
        },
      ),
      { numRuns: 500 },
    );
    expect(answers).toEqual(new Set([true, false]));
  });
});
