import { beforeEach, describe, expect, it } from 'vitest';

import type { Finding } from '../../../cli/operators/finding.ts';
import { targetNamed } from '../../../cli/operators/target.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';
import { functionArn, invokePolicy, OperatorAwsModel, secretArn } from '../../_helpers/operator-aws-model.ts';

let aws: OperatorAwsModel;

beforeEach(() => {
  aws = new OperatorAwsModel();
  aws.version('first', ['AWSCURRENT'], 'value of first', new Date('2026-11-20T02:00:00Z'));
  aws.accepted.add('value of first');
  aws.lastRotatedAt = new Date('2026-11-20T02:00:00Z');
  aws.tags['strongroom:username'] = 'payments_app';
});

const catalog = () =>
  catalogFolder({
    'organisation.yaml': organisationYaml,
    'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { strategy: single-user, admin: { managedBy: rds }, every: 7d }\n`,
  });

const run = (verb: string, args: readonly string[]) =>
  strongroom([verb, ...args, '--catalog', catalog(), '-e', 'dev'], { connect: aws.connect });

interface Looked {
  readonly secret: string;
  readonly healthy: boolean;
  readonly checks: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  readonly rotationUnderWay?: string;
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
}

const look = async (verb = 'diagnose'): Promise<{ exitCode: number; looked: Looked }> => {
  const { exitCode, stdout } = await run(verb, ['payments/orders-db', '--json']);
  const { secrets } = JSON.parse(stdout) as { secrets: Looked[] };
  expect(secrets).toHaveLength(1);
  return { exitCode, looked: secrets[0]! };
};

const minutesAgo = (minutes: number): Date => new Date(today.getTime() - minutes * 60_000);

describe('strongroom diagnose', () => {
  it('finds nothing wrong with a healthy secret, and changes nothing', async () => {
    const { exitCode, looked } = await look();
    expect(exitCode).toBe(0);
    expect(looked).toMatchObject({ secret: 'dev/payments/orders-db', healthy: true, findings: [] });
    expect(new Set(Object.values(looked.checks))).toEqual(new Set(['ok', 'unknown']));
    expect(looked.checks).toMatchObject({ network: 'ok', tls: 'ok', login: 'ok', privileges: 'ok', admin: 'unknown' });
    expect(aws.changes).toEqual([]);
  });

  it.each<[string, string, string, () => unknown]>([
    ['a secret that is not there', 'secret', 'secret-unknown', () => (aws.present = false)],
    ['one that is being deleted', 'secret', 'secret-deleted', () => (aws.deletedAt = today)],
    ['rotation off', 'rotation', 'rotation-turned-off', () => (aws.rotationEnabled = false)],
    ['a date that has passed', 'schedule', 'overdue', () => (aws.nextRotationAt = minutesAgo(1))],
    [
      'a promise of the catalog that was not kept',
      'schedule',
      'overdue',
      () => (aws.lastRotatedAt = new Date('2026-11-10T02:00:00Z')),
    ],
    [
      'a version that is stuck',
      'versions',
      'stuck',
      () => {
        aws.version('stuck', ['AWSPENDING'], 'value of stuck', minutesAgo(180));
      },
    ],
    [
      'one that is stuck without a value',
      'versions',
      'stuck-without-value',
      () => {
        aws.version('stuck', ['AWSPENDING'], undefined, minutesAgo(180));
      },
    ],
    ['a missing function', 'function', 'function-missing', () => (aws.functionState = undefined)],
    [
      'a function that failed to start',
      'function',
      'function-not-ready',
      () => (aws.functionState = { state: 'Failed', reason: 'no subnet' }),
    ],
    [
      'a function that may not run',
      'function',
      'function-stopped',
      () => (aws.functionState = { state: 'Active', reservedConcurrency: 0, policy: invokePolicy('111122223333') }),
    ],
    [
      'a function that Secrets Manager may not invoke',
      'function',
      'function-not-invokable',
      () => (aws.functionState = { state: 'Active' }),
    ],
    [
      'a permission for another account',
      'function',
      'function-not-invokable',
      () => (aws.functionState = { state: 'Active', policy: invokePolicy('999999999999') }),
    ],
    [
      'a permission for every account',
      'function',
      'function-open',
      () => (aws.functionState = { state: 'Active', policy: invokePolicy(undefined) }),
    ],
    ['a disabled key', 'key', 'key-disabled', () => (aws.keyState = { state: 'Disabled' })],
    ['a key that will be deleted', 'key', 'key-being-deleted', () => (aws.keyState = { state: 'PendingDeletion' })],
    ['a key that is gone', 'key', 'key-missing', () => (aws.keyState = undefined)],
    [
      'a broken network',
      'network',
      'database-network',
      () => (aws.failing = [{ check: 'network', outcome: 'failed', code: 'database-network', message: 'no answer' }]),
    ],
    [
      'an untrusted certificate',
      'tls',
      'database-tls',
      () => (aws.failing = [{ check: 'tls', outcome: 'failed', code: 'database-tls', message: 'self-signed' }]),
    ],
    [
      'a refused login',
      'login',
      'database-auth',
      () => {
        aws.accepted.clear();
      },
    ],
    [
      'a missing privilege',
      'privileges',
      'database-privilege',
      () =>
        (aws.failing = [{ check: 'privileges', outcome: 'failed', code: 'database-privilege', message: 'CREATEROLE' }]),
    ],
    [
      'a function that fails to look',
      'function',
      'function-failed',
      () => (aws.check = () => Promise.resolve({ failed: { code: 'function-failed', message: 'timed out' } })),
    ],
    ['what this role may not see', 'key', 'not-looked', () => aws.denied.add('DescribeKey')],
  ])('finds %s', async (_what, check, code, arrange) => {
    arrange();
    const { exitCode, looked } = await look();
    expect(exitCode).toBe(3);
    expect(looked.findings.map((one) => `${one.check} ${one.code}`)).toContain(`${check} ${code}`);
    for (const { cause, remedy, runbook } of looked.findings) {
      expect(cause).toMatch(/^.+[.!?]$/);
      expect(remedy).toMatch(/^[A-Z].+\.$/);
      expect(remedy).not.toContain('SECRET');
      expect(runbook).toMatch(/^docs\/runbooks\/rotation-(failed|stuck|overdue)\.md$/);
    }
    expect(looked.checks[check]).toBe(code === 'not-looked' ? 'unknown' : 'failed');
    expect(aws.changes).toEqual([]);
  });

  it('leaves a rotation in peace that began a moment ago', async () => {
    aws.version('new', ['AWSPENDING'], 'value of new', minutesAgo(2));
    const { exitCode, looked } = await look();
    expect([exitCode, looked.findings, looked.rotationUnderWay]).toEqual([0, [], 'new']);
  });

  it('does not invoke a function that can’t run', async () => {
    aws.functionState = undefined;
    const { looked } = await look();
    expect(looked.checks).toMatchObject({ function: 'failed', network: 'unknown', login: 'unknown' });
  });

  it('prints a table, and under it cause, remedy and page of each finding', async () => {
    aws.keyState = { state: 'Disabled' };
    const { exitCode, stdout } = await run('diagnose', []);
    expect(exitCode).toBe(3);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^SECRET +STATE +CHECKS$/),
      expect.stringMatching(/^dev\/payments\/orders-db +1 finding +11 ok, key failed, admin not reached$/),
      '',
      'dev/payments/orders-db',
      '  ✖ key: Its key alias/strongroom/dev/standard is disabled, so that nobody can read the secret.',
      '    → Enable the key: aws kms enable-key as its administrator. (key-disabled, docs/runbooks/rotation-failed.md)',
      '',
      '1 finding in 1 of 1 secret',
      '',
    ]);
  });

  it('takes the environment of the account where none is named', async () => {
    const { exitCode, stdout } = await strongroom(['diagnose', '--catalog', catalog()], { connect: aws.connect });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('1 secret, all healthy')]);
    expect(aws.regions.at(-1)).toBe('eu-west-1');
  });

  it('ends with 1 where AWS can’t be asked at all', async () => {
    aws.denied.add('DescribeSecret');
    aws.whoAmI = () => Promise.reject(new Error('socket hang up'));
    const { exitCode, stderr } = await run('diagnose', []);
    expect([exitCode, stderr.split('\n')[0]]).toEqual([1, 'unexpected error: socket hang up']);
    expect(aws.closed).toBe(1);
  });
});

describe('a pending value that the rotation function did not write', () => {
  it('is a finding at once, with the way to give it up', async () => {
    aws.version('planted', ['AWSPENDING'], 'value of planted', minutesAgo(1));
    aws.planted = true;
    const { exitCode, looked } = await look();
    expect([exitCode, looked.findings]).toEqual([
      3,
      [
        {
          check: 'versions',
          code: 'pending-not-ours',
          cause: 'The rotation function did not write the value of pending version planted, so nothing in it is used.',
          remedy: expect.stringMatching(
            /^Run strongroom repair dev\/payments\/orders-db --back, .*CloudTrail/,
          ) as string,
          runbook: 'docs/runbooks/rotation-stuck.md',
        },
      ],
    ]);
    expect(looked).toMatchObject({ credentials: { pending: 'not-ours' }, checks: { versions: 'failed' } });
    expect(looked.rotationUnderWay).toBeUndefined();
  });

  it('is a finding as AWSCURRENT too, where it names another user', async () => {
    const check = aws.check.bind(aws);
    aws.check = async () => {
      const answer = await check();
      if ('failed' in answer) return answer;
      return { report: { ...answer.report, credentials: { current: 'not-ours' } } };
    };
    const { exitCode, looked } = await look();
    expect([exitCode, looked.findings.map(({ check: thing, code }) => `${thing} ${code}`)]).toEqual([
      3,
      ['value current-not-ours'],
    ]);
  });
});

describe.each(['diagnose', 'preflight'])('the warnings of strongroom %s', (verb) => {
  const revoked = { code: 'right-revoked', message: 'The rotation takes SELECT on "orders" away from "app".' };
  const ready = () => {
    const [target] = targetNamed('dev/payments/orders-db', { catalog: catalog(), catalogGiven: true }).targets;
    const { rotation } = target.declared!.secret;
    if (rotation.kind === 'automatic') aws.schedule = rotation.schedule.expression;
  };

  it('are printed with their codes, and do not fail it', async () => {
    ready();
    aws.notices = [revoked, { code: 'brand-new', message: 'A code of tomorrow.' }];
    const { exitCode, stdout } = await run(verb, []);
    expect(exitCode).toBe(0);
    expect(stdout.split('\n').slice(1)).toEqual([
      expect.stringMatching(
        /^dev\/payments\/orders-db +(healthy|ready to rotate), 2 warnings +\d+ ok, admin not reached$/,
      ),
      '',
      'dev/payments/orders-db',
      '  ! warning: The rotation takes SELECT on "orders" away from "app". (right-revoked)',
      '  ! warning: A code of tomorrow. (brand-new)',
      '',
      expect.stringMatching(/^1 secret, all (healthy|ready to rotate), 2 warnings$/),
      '',
    ]);
  });

  it('are the first twenty of a code and a count; with --json all', async () => {
    const many = Array.from({ length: 1_021 }, (_, index) => ({
      code: 'right-revoked',
      message: `The rotation will revoke right ${index}`,
    }));
    ready();
    aws.notices = [...many, { code: 'second-password', message: 'One more.' }];
    const { stdout } = await run(verb, []);
    const lines = stdout.split('\n').filter((line) => line.includes('! warning: '));
    expect(lines).toHaveLength(22);
    expect(lines[19]).toContain('revoke right 19 (right-revoked)');
    expect(lines[20]).toContain('One more. (second-password)');
    expect(lines[21]).toBe('  ! warning: 1,001 more (right-revoked): --json lists all');
    expect((await look(verb)).looked.warnings).toHaveLength(1_022);
  });

  it('are in the JSON of each secret, which stays healthy', async () => {
    ready();
    aws.notices = [revoked];
    const { exitCode, looked } = await look(verb);
    expect([exitCode, looked.healthy, looked.warnings]).toEqual([0, true, [revoked]]);
    aws.notices = [];
    expect((await look(verb)).looked.warnings).toEqual([]);
  });

  it('stand below the findings', async () => {
    ready();
    aws.notices = [revoked];
    aws.keyState = { state: 'Disabled' };
    const { exitCode, stdout } = await run(verb, []);
    expect(exitCode).toBe(3);
    expect(stdout).toContain('1 finding, 1 warning');
    expect(stdout.indexOf('✖ key')).toBeLessThan(stdout.indexOf('! warning'));
    expect(stdout).toContain('1 finding in 1 of 1 secret, 1 warning');
  });
});

describe('strongroom preflight', () => {
  it('finds a secret ready that is deployed as the catalog declares it', async () => {
    const [target] = targetNamed('dev/payments/orders-db', { catalog: catalog(), catalogGiven: true }).targets;
    const { rotation } = target.declared!.secret;
    if (rotation.kind === 'automatic') aws.schedule = rotation.schedule.expression;
    const { exitCode, stdout } = await run('preflight', []);
    expect(stdout).toContain('1 secret, all ready to rotate');
    expect(exitCode).toBe(0);
  });

  it('finds the tags that an adopted secret lacks, and nothing once the commands of handover have run', async () => {
    const adopting = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml':
        paymentsHead.replace('consumers:', 'environments: [dev]\nconsumers:') +
        `${ordersDb}    rotation: { admin: { managedBy: rds } }\n    adopt: { arn: '${secretArn.replace('dev/', 'legacy/')}' }\n`,
    });
    const describeSecret = aws.describe.bind(aws);
    aws.tags = { team: 'payments' };
    const [target] = targetNamed('payments/orders-db', {
      catalog: adopting,
      catalogGiven: true,
      environment: 'dev',
    }).targets;
    const { rotation } = target.declared!.secret;
    if (rotation.kind === 'automatic') aws.schedule = rotation.schedule.expression;
    aws.describe = async () => ({ ...(await describeSecret())!, name: 'legacy/payments/orders-db' });
    const preflight = async () => {
      const args = ['preflight', 'payments/orders-db', '-e', 'dev', '--catalog', adopting, '--json'];
      const { exitCode, stdout } = await strongroom(args, { connect: aws.connect });
      return { exitCode, findings: (JSON.parse(stdout) as { secrets: [Looked] }).secrets[0].findings };
    };

    const before = await preflight();
    expect(before.exitCode).toBe(3);
    expect(new Set(before.findings.map(({ code }) => code))).toEqual(new Set(['adopted-tags-differ']));
    expect(before.findings.map(({ cause }) => cause)).toContain(
      'The catalog says dev, and the tag strongroom:environment is missing.',
    );
    expect(before.findings[0]?.remedy).toContain('strongroom handover');

    const { stdout } = await strongroom(['handover', '--catalog', adopting, '--json']);
    const [set] = (JSON.parse(stdout) as { tags: { tags: Record<string, string> }[] }).tags;
    Object.assign(aws.tags, set?.tags);
    expect(await preflight()).toEqual({ exitCode: 0, findings: [] });
  });

  it('expects the function of the network that the catalog names', async () => {
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml.replace(
        '  dev:\n',
        '  dev:\n    networks: { default: none, data: none }\n',
      ),
      'payments.yaml': `${paymentsHead.replace('contact: oncall', 'contact: oncall\nenvironments: [dev]')}${ordersDb}    rotation: { admin: { managedBy: rds }, network: data }\n`,
    });
    const preflight = async (): Promise<readonly Finding[]> => {
      const args = ['preflight', 'payments/orders-db', '--json', '--catalog', folder, '-e', 'dev'];
      const { stdout } = await strongroom(args, { connect: aws.connect });
      const { findings } = (JSON.parse(stdout) as { secrets: [Looked] }).secrets[0];
      // The example's schedule is that of another catalog.
      return findings.filter(({ code }) => code !== 'schedule-differs');
    };
    const before = await preflight();
    expect(before.map(({ code }) => code)).toEqual(['tags-differ', 'function-other']);
    expect(before[1]?.cause).toContain('and should be strongroom-dev-rotation-postgres-data');

    aws.tags['strongroom:network'] = 'data';
    const describeSecret = aws.describe.bind(aws);
    aws.describe = async () => ({ ...(await describeSecret())!, functionArn: `${functionArn}-data` });
    expect((await preflight()).filter(({ check }) => check === 'catalog')).toEqual([]);
  });

  it('finds what differs from the catalog', async () => {
    aws.tags['strongroom:username'] = 'another_app';
    const describeSecret = aws.describe.bind(aws);
    aws.describe = async () => ({
      ...(await describeSecret())!,
      schedule: 'rate(99 days)',
      functionArn: functionArn.replace('postgres', 'mysql'),
    });
    const { exitCode, looked } = await look('preflight');
    expect(exitCode).toBe(3);
    expect(looked.findings.map(({ code }) => code)).toEqual(['tags-differ', 'function-other', 'schedule-differs']);
    expect(looked.findings[0]?.cause).toBe(
      'The catalog says payments_app, and the tag strongroom:username says another_app.',
    );
  });
});
