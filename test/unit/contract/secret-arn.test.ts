import { describe, expect, test } from 'vitest';
import {
  completeSecretArn,
  completeSecretArnOfAny,
  parseSecretArn,
  partialSecretArn,
  secretArnPattern,
  secretNameIn,
  secretsNamed,
} from '../../../lib/contract/index.ts';

const location = { partition: 'aws', region: 'eu-west-1', account: '111122223333' };
const before = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:';

describe('reading an ARN', () => {
  test.each([
    ['payments/orders-AbCdEf', { name: 'payments/orders', suffix: 'AbCdEf' }],
    ['payments/orders', { name: 'payments/orders', suffix: undefined }],
    ['payments/my-orders-db', { name: 'payments/my-orders-db', suffix: undefined }],
    // Six characters at the end of a name look like the suffix of a partial ARN: `endsLikeArn` refuses such names.
    ['payments/my-orders', { name: 'payments/my', suffix: 'orders' }],
    ['payments/my-orders-AbCdEf', { name: 'payments/my-orders', suffix: 'AbCdEf' }],
    ['rds!cluster-0a1b2c-AbCdEf', { name: 'rds!cluster-0a1b2c', suffix: 'AbCdEf' }],
    ['-AbCdEf', { name: '-AbCdEf', suffix: undefined }],
  ])('%s', (end, expected) => {
    expect(parseSecretArn(`${before}${end}`)).toEqual({ ...location, ...expected });
  });

  test.each([
    ['arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:a', 'aws-us-gov', 'us-gov-west-1'],
    ['arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a', 'aws-cn', 'cn-north-1'],
  ])('%s has its partition and region', (arn, partition, region) => {
    expect(parseSecretArn(arn)).toMatchObject({ partition, region });
  });

  test('a record of CloudTrail may leave region and account empty', () => {
    expect(parseSecretArn('arn:aws:secretsmanager:::secret:a-AbCdEf')).toMatchObject({ region: '', account: '' });
  });

  test.each([
    'payments/orders',
    '',
    before,
    ` ${before}a`,
    `${before}a\n${before}b`,
    'arn:aws:kms:eu-west-1:111122223333:key/1234',
    'arn:aws:secretsmanager:eu-west-1:111122223333:policy:a',
    'arn:aws:secretsmanager:eu-west-1:account:secret:a',
  ])('%j is not the ARN of a secret, and is a name as it is', (text) => {
    expect(parseSecretArn(text)).toBeUndefined();
    expect(secretNameIn(text)).toBe(text);
  });
});

test('the name in a complete and in a partial ARN is the same', () => {
  expect(secretNameIn(`${before}payments/db-AbCdEf`)).toBe('payments/db');
  expect(secretNameIn(`${before}payments/db`)).toBe('payments/db');
});

describe('writing an ARN', () => {
  test('a partial ARN is read back as it was written', () => {
    const arn = partialSecretArn(location, 'payments/orders-db');
    expect(arn).toBe(`${before}payments/orders-db`);
    expect(parseSecretArn(arn)).toEqual({ ...location, name: 'payments/orders-db', suffix: undefined });
  });

  test('a pattern stands for one secret, or for those whose names begin alike', () => {
    expect(secretArnPattern(location, 'payments/orders')).toBe(`${before}payments/orders-??????`);
    expect(secretsNamed(location, 'payments/')).toBe(`${before}payments/*`);
    expect(secretsNamed(location, '')).toBe(`${before}*`);
  });
});

describe('a complete ARN', () => {
  test.each([
    [`${before}payments/orders-AbCdEf`, true, true],
    [`${before}a_b+c=d.e@f-AbCdEf`, true, true],
    [`${before}rds!cluster-0a1b2c-AbCdEf`, false, true],
    [`${before}payments/orders`, false, false],
    [`${before}payments/db-AbCdE`, false, false],
    [`${before}payments/*-AbCdEf`, false, false],
    [`${before}payments/orders-??????`, false, false],
    [`${before}${'n'.repeat(512)}-AbCdEf`, true, true],
    [`${before}${'n'.repeat(513)}-AbCdEf`, false, false],
    ['arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:a-AbCdEf', true, true],
    ['arn:gcp:secretsmanager:eu-west-1:111122223333:secret:a-AbCdEf', false, false],
    ['arn:aws:secretsmanager:eu-west-1:11112222333:secret:a-AbCdEf', false, false],
    ['arn:aws:secretsmanager::111122223333:secret:a-AbCdEf', false, false],
  ])('%s: of an account %s, of anyone %s', (arn, ofAccount, ofAny) => {
    expect(completeSecretArn.test(arn)).toBe(ofAccount);
    expect(completeSecretArnOfAny.test(arn)).toBe(ofAny);
  });
});
