import { describe, expect, it } from 'vitest';

import { strongroom, type Surroundings } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';
import { generatedOnly, OperatorAwsModel } from '../../_helpers/operator-aws-model.ts';

type State = 'logs-in' | 'refused';
interface World {
  readonly current: State;
  readonly previous?: State | undefined;
  readonly pending?: State | 'no-value' | undefined;
  readonly admin?: boolean;
}

const worldOf = ({ current, previous, pending, admin = false }: World): OperatorAwsModel => {
  const aws = new OperatorAwsModel();
  aws.admin = admin;
  const add = (id: string, label: string, state: State): void => {
    aws.version(id, [label], `value of ${id}`);
    if (state === 'logs-in') aws.accepted.add(`value of ${id}`);
  };
  add('version-current', 'AWSCURRENT', current);
  if (previous) add('version-previous', 'AWSPREVIOUS', previous);
  if (pending === 'no-value') aws.version('version-pending', ['AWSPENDING']);
  else if (pending) add('version-pending', 'AWSPENDING', pending);
  return aws;
};

const repair = (aws: OperatorAwsModel, args: readonly string[] = ['--yes'], surroundings: Surroundings = {}) => {
  const folder = catalogFolder({
    'organisation.yaml': organisationYaml,
    'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`,
  });
  const words = ['repair', 'payments/orders-db', '-e', 'dev', '--catalog', folder];
  return strongroom([...words, ...args], { connect: aws.connect, ...surroundings });
};

const labels = (aws: OperatorAwsModel) =>
  Object.fromEntries([...aws.versions].flatMap(([id, version]) => version.labels.map((label) => [label, id])));

const states = ['logs-in', 'refused'] as const;
const worlds: World[] = states.flatMap((current) =>
  [undefined, ...states].flatMap((previous) =>
    [undefined, 'no-value' as const, ...states].flatMap((pending) =>
      [true, false].map((admin) => ({ current, previous, pending, admin })),
    ),
  ),
);
const table = worlds.flatMap((world) => [
  { ...world, args: ['--yes'] },
  { ...world, args: ['--yes', '--back'] },
]);

describe('strongroom repair', () => {
  it.each(table)(
    'leaves a credential that logs in: current $current, previous $previous, pending $pending, admin $admin, $args',
    async ({ args, ...world }) => {
      const aws = worldOf(world);
      const before = labels(aws);
      const workedBefore = aws.someLabelledCredentialLogsIn();

      const { exitCode, stdout } = await repair(aws, [...args, '--json']);
      const { outcome } = JSON.parse(stdout) as { outcome?: string };

      if (workedBefore) expect(aws.someLabelledCredentialLogsIn()).toBe(true);
      if (exitCode === 0) {
        expect(labels(aws)).not.toHaveProperty('AWSPENDING');
        expect(aws.accepted).toContain(aws.versions.get(labels(aws)['AWSCURRENT'] ?? '')?.value);
        expect(['healthy', 'repaired', 'given-up']).toContain(outcome);
      } else {
        expect({ labels: labels(aws), changes: aws.changes }).toEqual({ labels: before, changes: [] });
        expect(stdout).toMatch(/by hand|By hand|administrator|nothing-would-work/);
      }
      // A command helps whenever anything that could help is there.
      const canHelp = world.admin === true || world.current === 'logs-in';
      if (canHelp && !args.includes('--back')) expect(exitCode).toBe(0);
      expect(aws.closed).toBe(1);
    },
  );

  it.each<[string, World, string[], string]>([
    ['healthy', { current: 'logs-in' }, [], 'healthy'],
    ['pending without a value', { current: 'logs-in', pending: 'no-value' }, [], 'rollBack'],
    [
      'the same where only an admin logs in',
      { current: 'refused', pending: 'no-value', admin: true },
      [],
      'rollForward',
    ],
    ['pending logs in', { current: 'refused', pending: 'logs-in' }, [], 'rollForward'],
    ['pending refused, current logs in', { current: 'logs-in', pending: 'refused' }, [], 'rollForward'],
    ['the same, and it shall go back', { current: 'logs-in', pending: 'refused' }, ['--back'], 'rollBack'],
    ['both refused, with an admin', { current: 'refused', pending: 'refused', admin: true }, [], 'rollForward'],
    [
      'only the previous one logs in',
      { current: 'refused', previous: 'logs-in', pending: 'refused' },
      [],
      'rollForward',
    ],
    ['nothing logs in', { current: 'refused', previous: 'refused', pending: 'refused' }, [], 'by-hand'],
    ['current refused, nothing pending, with an admin', { current: 'refused', admin: true }, [], 'rotate'],
    ['current refused, nothing pending, no admin', { current: 'refused', previous: 'refused' }, [], 'by-hand'],
  ])('plans for: %s', async (_what, world, args, kind) => {
    const { stdout } = await repair(worldOf(world), ['--yes', '--json', ...args]);
    expect(JSON.parse(stdout)).toMatchObject({ plan: { kind } });
  });

  it('shows what will happen and which credential logs in meanwhile, asks, and does it', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'refused' });
    const asked: string[] = [];
    const { exitCode, stdout, stderr } = await repair(aws, [], {
      answer: (question) => {
        asked.push(question);
        expect(aws.changes).toEqual([]);
        return true;
      },
    });

    expect(asked).toEqual(['Run this plan?']);
    expect(stderr.split('\n')).toEqual(
      [
        'dev/payments/orders-db',
        'Version version-pending is pending and refused, and the current credential logs in: the rotation continues.',
        '',
        '   WHAT WILL HAPPEN                              WHICH CREDENTIAL LOGS IN',
        '1  set the pending password in the database      current, then pending',
        '2  log in with the pending credential            pending',
        '3  move AWSCURRENT to version-pending            current',
        '',
        '',
      ].map((line) => expect.stringMatching(new RegExp(`^${line.replace(/ {2,}/g, ' +')}$`)) as string),
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: 'repaired: the current credential of dev/payments/orders-db logs in, and nothing is pending\n',
    });
    expect(aws.changes).toEqual(['rollForward version-pending']);
  });

  it('does nothing where the answer is no', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'no-value' });
    const { exitCode, stderr } = await repair(aws, [], { answer: () => false });
    expect([exitCode, aws.changes]).toEqual([2, []]);
    expect(stderr).toMatch(/error: not confirmed: nothing was changed\n$/);
  });

  it('does nothing where there is nobody to ask', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'no-value' });
    const { exitCode, stderr } = await repair(aws, []);
    expect([exitCode, aws.changes]).toEqual([2, []]);
    expect(stderr).toContain('there is no terminal to ask on: add --yes to run the plan; nothing was changed');
  });

  it('says exactly what to do where no credential logs in and nobody can set one', async () => {
    const aws = worldOf({ current: 'refused', pending: 'refused' });
    const { exitCode, stdout } = await repair(aws);
    expect([exitCode, aws.changes]).toEqual([1, []]);
    expect(stdout).toContain('can’t be repaired by this command; nothing was changed.');
    expect(stdout).toMatch(
      /1\. As break-glass, .* --secret-id dev\/payments\/orders-db --version-stage AWSPENDING\n2\. As the/,
    );
  });

  it.each<[string, World, readonly string[]]>([
    ['the current credential logs in', { current: 'logs-in', pending: 'refused' }, []],
    ['the same with --back', { current: 'logs-in', pending: 'refused' }, ['--back']],
    ['the admin can put the current one back', { current: 'refused', pending: 'refused', admin: true }, []],
  ])('gives a pending value up that the function did not write: %s', async (_what, world, args) => {
    const aws = worldOf(world);
    aws.planted = true;
    const { exitCode } = await repair(aws, ['--yes', ...args]);
    expect([exitCode, aws.changes]).toEqual([0, ['rollBack version-pending']]);
  });

  it('never advises to set a password that somebody else put', async () => {
    const aws = worldOf({ current: 'refused', pending: 'refused' });
    aws.planted = true;
    const { exitCode, stdout } = await repair(aws);
    expect([exitCode, aws.changes]).toEqual([1, []]);
    expect(stdout).toContain('--version-stage AWSCURRENT');
    expect(stdout).not.toContain('AWSPENDING');
  });

  it('leaves it to a person where AWSCURRENT names a user who is not the secret’s', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'refused' });
    const check = aws.check.bind(aws);
    aws.check = async () => {
      const answer = await check();
      if ('failed' in answer) return answer;
      const { report } = answer;
      return { report: { ...report, credentials: { ...report.credentials, current: 'not-ours' } } };
    };
    for (const args of [[], ['--back']]) {
      const { exitCode } = await repair(aws, ['--yes', ...args]);
      expect([exitCode, aws.changes]).toEqual([1, []]);
    }
  });

  it('refuses --back where the pending credential is the only one that logs in', async () => {
    const aws = worldOf({ current: 'refused', pending: 'logs-in' });
    const { exitCode, stderr } = await repair(aws, ['--back', '--yes']);
    expect([exitCode, aws.changes]).toEqual([2, []]);
    expect(stderr).toContain('error: --back: the pending credential is the only one that logs in');
  });

  it('does not guess while the database can’t be reached', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'refused', admin: true });
    aws.failing = [{ check: 'network', outcome: 'failed', code: 'database-network', message: 'no answer in 5 s' }];
    const { exitCode, stdout } = await repair(aws);
    expect([exitCode, aws.changes]).toEqual([1, []]);
    expect(stdout).toContain('It is not known which credentials log in.');
    expect(stdout).toContain('1. no answer in 5 s. Check that the database runs');
  });

  it('gives a version up whose value is for another server, though the database answers', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'refused' });
    const check = aws.check.bind(aws);
    aws.check = async () => {
      const answer = await check();
      if ('failed' in answer || answer.report.credentials.pending === undefined) return answer;
      const { report } = answer;
      return { report: { ...report, credentials: { ...report.credentials, pending: 'unknown' } } };
    };
    const { exitCode, stdout } = await repair(aws, ['--yes', '--json']);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { outcome: 'given-up', plan: { kind: 'rollBack' } }]);
  });

  it('says so where the function refuses, and that nothing was lost', async () => {
    const aws = worldOf({ current: 'logs-in', pending: 'logs-in' });
    aws.roll = () => Promise.resolve({ failed: { code: 'aws-denied', message: 'may not move AWSCURRENT' } });
    const { exitCode, stdout } = await repair(aws);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('not repaired: dev/payments/orders-db; every credential that logged in still does');
    expect(stdout).toContain('may not move AWSCURRENT. Deploy, and look whether');
  });

  describe('of a first rotation that has not ended', () => {
    const first = (admin: boolean): OperatorAwsModel => {
      const aws = new OperatorAwsModel();
      aws.admin = admin;
      aws.version('generated-version', ['AWSCURRENT'], generatedOnly);
      aws.version('version-pending', ['AWSPENDING']);
      return aws;
    };

    it('brings it to its end, where the admin can set the user up', async () => {
      const aws = first(true);
      const { exitCode, stdout } = await repair(aws, ['--yes', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'repaired', plan: { kind: 'rollForward' } });
      expect([exitCode, labels(aws)['AWSCURRENT']]).toEqual([0, 'version-pending']);
    });

    it('gives it up where that is asked for', async () => {
      const aws = first(true);
      const { exitCode, stdout } = await repair(aws, ['--yes', '--back', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'given-up', plan: { kind: 'rollBack' } });
      expect([exitCode, labels(aws)]).toEqual([0, { AWSCURRENT: 'generated-version' }]);
    });

    it('changes nothing where there is nobody to set the user up', async () => {
      const aws = first(false);
      expect((await repair(aws)).exitCode).toBe(1);
      expect(aws.changes).toEqual([]);
    });
  });

  it('refuses a secret that AWS does not have', async () => {
    const aws = worldOf({ current: 'logs-in' });
    aws.present = false;
    const { exitCode, stderr } = await repair(aws);
    expect([exitCode, stderr]).toEqual([2, 'error: AWS has no secret dev/payments/orders-db\n']);
  });
});
