import { describe, expect, it } from 'vitest';

import { allTargets, targetNamed, type TargetOptions } from '../../../cli/operators/target.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const secrets = `${ordersDb}    rotation: { admin: { managedBy: rds } }
  stripe-key:
    class: api-key
    readers: []
    rotation: manual
    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }
`;
const options = (more: Partial<TargetOptions> = {}, files: Readonly<Record<string, string>> = {}): TargetOptions => ({
  catalog: catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': paymentsHead + secrets, ...files }),
  catalogGiven: true,
  ...more,
});
const nowhere: TargetOptions = { catalog: 'no-such-folder', catalogGiven: false };
const adoptedArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/orders-AbCdEf';
const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/payments/orders-db-AbCdEf';

describe('a secret', () => {
  it.each<[string, string, Partial<TargetOptions>]>([
    ['its full name', 'prod/payments/orders-db', {}],
    ['application and name, of an environment', 'payments/orders-db', { environment: 'prod' }],
    ['its name, of an application of an environment', 'orders-db', { environment: 'prod', application: 'payments' }],
  ])('goes by %s', (_what, word, more) => {
    const { targets, ...place } = targetNamed(word, options(more));
    expect(targets[0].secretId).toBe('prod/payments/orders-db');
    expect(targets[0].declared?.secret.database?.username).toBe('payments_app');
    expect(place).toEqual({ environment: 'prod', account: '444455556666', region: 'eu-west-1' });
  });

  it('goes by its ARN, which tells account and region', () => {
    const { targets, ...place } = targetNamed(arn, options());
    expect(targets[0].secretId).toBe(arn);
    expect(targets[0].declared?.secret.fullName).toBe('dev/payments/orders-db');
    expect(place).toEqual({ environment: 'dev', account: '111122223333', region: 'eu-west-1' });
  });

  it.each([
    ['its name in AWS', 'legacy/orders', { environment: 'dev' }],
    ['its place in the catalog', 'dev/payments/orders-db', {}],
    ['application and name', 'payments/orders-db', { environment: 'dev' }],
    ['its ARN', adoptedArn, {}],
  ])('that is adopted goes by %s', (_what, word, more) => {
    const yaml = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }
    adopt: { arn: '${adoptedArn}' }
`;
    const files = { 'payments.yaml': yaml.replace('secrets:\n', 'environments: [dev]\nsecrets:\n') };
    const { targets, account, environment } = targetNamed(word, options(more, files));
    expect([account, environment, targets[0].declared?.application.name]).toEqual(['111122223333', 'dev', 'payments']);
    expect(['legacy/orders', adoptedArn]).toContain(targets[0].secretId);
  });

  it.each([
    ['its name in AWS', 'AmazonMSK_Orders', { environment: 'prod' }],
    ['its place in the catalog', 'prod/payments/orders-db', {}],
    ['its ARN', 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:AmazonMSK_Orders-AbCdEf', {}],
  ])('with a name of its own goes by %s', (_what, word, more) => {
    const files = {
      'organisation.yaml': `${organisationYaml}names: { secret: '{application}/{environment}/{secret}' }\n`,
      'payments.yaml': `${paymentsHead}${ordersDb}    name: AmazonMSK_Orders\n    rotation: { admin: { managedBy: rds } }\n`,
    };
    const { targets, environment } = targetNamed(word, options(more, files));
    expect([environment, targets[0].declared?.secret.fullName]).toEqual(['prod', 'AmazonMSK_Orders']);
  });

  it('whose name several environments have needs one of them', () => {
    const files = {
      'payments.yaml': `${paymentsHead}${ordersDb}    name: AmazonMSK_Orders\n    rotation: { admin: { managedBy: rds } }\n`,
    };
    expect(() => targetNamed('AmazonMSK_Orders', options({}, files))).toThrow('--environment dev or prod');
  });

  it('goes by full name or ARN where there is no catalog', () => {
    expect(targetNamed('prod/payments/orders-db', { ...nowhere, region: 'eu-west-1' })).toEqual({
      targets: [{ secretId: 'prod/payments/orders-db' }],
      region: 'eu-west-1',
    });
    expect(targetNamed('payments/orders-db', { ...nowhere, environment: 'dev' }).targets).toEqual([
      { secretId: 'dev/payments/orders-db' },
    ]);
    expect(targetNamed(arn, nowhere)).toEqual({
      targets: [{ secretId: arn }],
      account: '111122223333',
      region: 'eu-west-1',
    });
  });

  it('is found though an exception in the catalog has ended', () => {
    const files = { 'payments.yaml': paymentsHead + secrets.replace('2027-01-31', '2020-01-31') };
    expect(targetNamed('dev/payments/orders-db', options({}, files)).targets).toHaveLength(1);
  });

  it.each<[string, TargetOptions | undefined, Partial<TargetOptions>, string]>([
    [
      'payments/orders-bd',
      undefined,
      { environment: 'dev' },
      'no secret dev/payments/orders-bd; did you mean dev/payments/orders-db?',
    ],
    ['dev/payments/nothing-alike', undefined, {}, 'strongroom validate lists what it has'],
    ['payments/orders-db', undefined, {}, 'say of which environment: --environment dev or prod'],
    ['payments/orders-db', undefined, { environment: 'pord' }, 'no such environment; did you mean prod?'],
    ['dev/payments/orders-db', undefined, { environment: 'prod' }, 'is of dev, and --environment says prod'],
    [arn.replace('111122223333', '999999999999'), undefined, {}, 'the catalog has dev in account 111122223333'],
    ['arn:aws:s3:::bucket', undefined, {}, 'is not the ARN of a secret'],
    [arn, undefined, { region: 'us-east-1' }, 'the ARN is in eu-west-1; leave --region out'],
    ['payments/orders-db', nowhere, {}, 'there is no catalog in no-such-folder to look it up'],
  ])('%s is refused where it names nothing (%#)', (word, given, more, message) => {
    expect(() => targetNamed(word, given ?? options(more))).toThrow(message);
  });

  it('must be in a catalog that was named', () => {
    expect(() => targetNamed(arn, { ...nowhere, catalogGiven: true })).toThrow(/no-such-folder/);
  });
});

describe('without a name', () => {
  it('every secret of the environment is meant that rotates by itself', () => {
    expect(allTargets(options({ environment: 'prod' })).targets.map(({ secretId }) => secretId)).toEqual([
      'prod/payments/orders-db',
    ]);
  });

  it('the environment follows from the account of the credentials', () => {
    expect(allTargets(options(), '444455556666').environment).toBe('prod');
    expect(() => allTargets(options(), '999999999999')).toThrow('--environment dev or prod');
  });

  it('an environment must be said, and an application must be there', () => {
    expect(() => allTargets(options())).toThrow('--environment dev or prod');
    expect(() => allTargets(options({ environment: 'dev', application: 'payment' }))).toThrow('did you mean payments?');
    expect(() => allTargets(nowhere)).toThrow('name a secret, or --catalog <folder>');
  });
});
