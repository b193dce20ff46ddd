import { beforeEach, describe, expect, it } from 'vitest';

import type { StepLine } from '../../../cli/operators/ports.ts';
import { strongroom, type Surroundings } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';
import { OperatorAwsModel } from '../../_helpers/operator-aws-model.ts';

const hourMs = 3_600_000;
let aws: OperatorAwsModel;

beforeEach(() => {
  aws = new OperatorAwsModel();
  aws.version('first', ['AWSCURRENT'], 'value of first');
  aws.accepted.add('value of first');
});

const rotate = (args: readonly string[] = [], surroundings: Surroundings = {}) => {
  const folder = catalogFolder({
    'organisation.yaml': organisationYaml,
    'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`,
  });
  return strongroom(['rotate', 'payments/orders-db', '-e', 'dev', '--catalog', folder, ...args], {
    connect: aws.connect,
    ...surroundings,
  });
};

const done = (step: StepLine['step'], outcome: string): StepLine => ({ step, outcome, done: true, durationMs: 1234 });

describe('strongroom rotate', () => {
  it('starts a rotation under a token of its own, and says how to look', async () => {
    aws.rotation = 'never';
    const { exitCode, stdout } = await rotate();
    expect(exitCode).toBe(0);
    const [, token] = /^started: dev\/payments\/orders-db rotates, version ([0-9a-f-]{36})\n/.exec(stdout) ?? [];
    expect(stdout).toContain('Follow it: strongroom diagnose dev/payments/orders-db');
    expect(aws.changes).toEqual([`rotate ${token!}`]);
  });

  it('says of a secret that is rotated by hand who does, and changes nothing', async () => {
    const describeSecret = aws.describe.bind(aws);
    aws.describe = async () => {
      const { functionArn: none, ...state } = (await describeSecret())!;
      expect(none).toBeDefined();
      return { ...state, rotationEnabled: false };
    };
    const exception = 'exception: { reason: no API, approvedBy: security, until: 2027-01-31 }';
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': `${paymentsHead}  orders-db: { class: api-key, readers: [], rotation: manual, ${exception} }\n`,
    });
    const args = ['rotate', 'payments/orders-db', '-e', 'dev', '--catalog', folder];
    const { exitCode, stderr } = await strongroom(args, { connect: aws.connect });
    expect([exitCode, aws.changes]).toEqual([2, []]);
    expect(stderr).toMatch(/^error: rotation of dev\/payments\/orders-db is manual in the catalog/);
  });

  it('marks the token of a forced rotation, for CloudTrail to keep', async () => {
    const { stdout } = await rotate(['--force', '--json']);
    const { versionId } = JSON.parse(stdout) as { versionId: string };
    expect(versionId).toMatch(/^forced-[0-9a-f-]{36}$/);
    expect(versionId.length).toBeLessThanOrEqual(64);
  });

  it('waits until the new version is current', async () => {
    const { exitCode, stdout } = await rotate(['--wait', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ secret: 'dev/payments/orders-db', outcome: 'done' });
  });

  it('shows each step once as it happens, where the log can be read', async () => {
    aws.rotation = 'never';
    aws.stepLog = [
      [],
      [done('createSecret', 'stored')],
      [done('createSecret', 'stored'), done('setSecret', 'changed-by-user')],
      [done('createSecret', 'stored'), done('setSecret', 'changed-by-user'), done('testSecret', 'logged-in')],
    ];
    let waits = 0;
    const { exitCode, stderr, stdout } = await rotate(['--wait'], {
      onPause: () => {
        waits += 1;
        if (waits !== 4) return;
        const [token = ''] = [...aws.versions.keys()].slice(-1);
        aws.versions.get('first')!.labels = ['AWSPREVIOUS'];
        aws.versions.get(token)!.labels = ['AWSCURRENT', 'AWSPENDING'];
      },
    });
    expect(exitCode).toBe(0);
    expect(stderr.split('\n')).toEqual([
      '✔ createSecret: stored (1.2 s)',
      '✔ setSecret: changed-by-user (1.2 s)',
      '✔ testSecret: logged-in (1.2 s)',
      '',
    ]);
    expect(stdout).toMatch(/^rotated: dev\/payments\/orders-db, version [0-9a-f-]{36} is current, in 8 s\n$/);
  });

  it('ends with the cause of a step that can’t succeed', async () => {
    aws.rotation = 'never';
    const message = 'the admin may not change app';
    aws.stepLog = [[{ step: 'setSecret', outcome: 'database-privilege', done: false, retryable: false, message }]];
    const { exitCode, stdout, stderr } = await rotate(['--wait']);
    expect(exitCode).toBe(1);
    expect(stderr).toBe('✖ setSecret failed with database-privilege: the admin may not change app\n');
    expect(stdout).toBe(
      'failed: dev/payments/orders-db. setSecret failed with database-privilege: the admin may not change app.\n' +
        '→ Grant the admin what the message names. (docs/runbooks/rotation-failed.md)\n',
    );
  });

  it('goes on after a step that may succeed the next time', async () => {
    aws.rotation = 'never';
    const failed: StepLine = { step: 'setSecret', outcome: 'database-network', done: false, retryable: true };
    aws.stepLog = [[failed], [failed, done('setSecret', 'changed-by-user')]];
    const { stderr } = await rotate(['--wait', '--timeout', '4s']);
    expect(stderr).toBe('✖ setSecret failed with database-network\n✔ setSecret: changed-by-user (1.2 s)\n');
  });

  it('asks the function for the cause where the log can’t be read', async () => {
    aws.rotation = 'never';
    aws.failing = [{ check: 'network', outcome: 'failed', code: 'database-network', message: 'no answer in 5 s' }];
    const { exitCode, stdout } = await rotate(['--wait', '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'failed',
      cause: { check: 'network', code: 'database-network', cause: 'no answer in 5 s.' },
    });
  });

  it('ends when the time is up though nothing is wrong, and says that AWS goes on', async () => {
    aws.rotation = 'never';
    const { exitCode, stdout } = await rotate(['--wait', '--timeout', '90s']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^not done yet: .* is still pending after 90 s; Secrets Manager continues to try\.\n→ Run/);
  });

  it('sees that another version took the place of its own', async () => {
    aws.rotation = 'is-replaced';
    const { exitCode, stdout } = await rotate(['--wait', '--json']);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([1, { outcome: 'failed', cause: { code: 'superseded' } }]);
  });

  it('leaves the rotation to AWS on Ctrl-C, and says so', async () => {
    aws.rotation = 'never';
    const { exitCode, stdout } = await rotate(['--wait'], {
      onPause: (interrupt) => {
        interrupt();
      },
    });
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(
      /^AWS continues the rotation of dev\/payments\/orders-db \(version .*\)\.\nLook at it: strongroom/,
    );
  });
});

describe('strongroom rotate refuses, and starts nothing:', () => {
  it.each<[string, () => void, string, string]>([
    [
      'a secret that AWS does not have',
      () => (aws.present = false),
      'secret-unknown',
      'AWS has no secret dev/payments',
    ],
    [
      'one that is being deleted',
      () => (aws.deletedAt = today),
      'secret-unknown',
      'was marked for deletion on 2026-11-21',
    ],
    [
      'rotation off',
      () => (aws.rotationEnabled = false),
      'rotation-off',
      'was turned off; aws secretsmanager rotate-secret --secret-id dev/payments/orders-db turns',
    ],
    [
      'a version in the way',
      () => {
        aws.version('stuck-version', ['AWSPENDING']);
      },
      'rotation-pending',
      'version stuck-version of dev/payments/orders-db is pending: a rotation runs or is stuck, and AWS refuses another; run strongroom repair dev/payments/orders-db',
    ],
    ['another account', () => (aws.account = '444455556666'), 'account-mismatch', 'and dev is in 111122223333'],
  ])('%s', async (_what, arrange, code, message) => {
    arrange();
    const { exitCode, stdout } = await rotate(['--json']);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect([exitCode, error.code, aws.changes]).toEqual([2, code, []]);
    expect(error.message).toContain(message);
    expect(aws.closed).toBe(1);
  });

  describe('within the grace time', () => {
    beforeEach(() => {
      aws.tags = { ...aws.tags, 'strongroom:strategy': 'alternating-users', 'strongroom:grace': '24h' };
      aws.version('before', ['AWSPREVIOUS'], 'value of before');
      aws.lastRotatedAt = new Date(today.getTime() - 20 * hourMs);
    });

    it('says when it ends, and what --force costs', async () => {
      const { exitCode, stderr } = await rotate();
      expect([exitCode, aws.changes]).toEqual([2, []]);
      expect(stderr).toContain(
        'is valid until 2026-11-21 16:00 UTC (grace 24 h, 4 h left); --force rotates now, and applications that still use that ' +
          'credential are locked out at once',
      );
    });

    it('goes on with --force', async () => {
      expect((await rotate(['--force'])).exitCode).toBe(0);
      expect(aws.changes).toEqual([expect.stringMatching(/^rotate forced-/)]);
    });

    it('goes on once it has ended, once nothing is left of it, and for a strategy without grace', async () => {
      aws.lastRotatedAt = new Date(today.getTime() - 25 * hourMs);
      expect((await rotate()).exitCode).toBe(0);
      aws.lastRotatedAt = today;
      for (const version of aws.versions.values()) {
        version.labels = version.labels.filter((label) => label !== 'AWSPREVIOUS');
      }
      expect((await rotate()).exitCode).toBe(0);
      aws.tags['strongroom:strategy'] = 'single-user';
      expect((await rotate()).exitCode).toBe(0);
    });
  });

  it.each([
    [['--timeout', '10x'], 'Write a time of up to 24h, such as 90s or 10m.'],
    [['--timeout', '25h'], 'Write a time of up to 24h, such as 90s or 10m.'],
    [['--wiat'], "unknown option '--wiat'\n(Did you mean --wait?)"],
    [['--region', 'us-east-1'], '--region us-east-1: dev is in eu-west-1; leave --region out'],
  ])('%j', async (args, message) => {
    const { exitCode, stderr } = await rotate(args);
    expect([exitCode, aws.changes]).toEqual([2, []]);
    expect(stderr).toContain(message);
  });
});
