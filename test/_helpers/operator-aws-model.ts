/** A model of what the operators' verbs see: one secret, its versions, its rotation function, and a database. */
import type { CheckResult, CredentialState, RollReport } from '../../lib/contract/index.ts';
import { CommandError } from '../../cli/terminal/errors.ts';
import type {
  Answer,
  FunctionState,
  KeyState,
  OperatorAws,
  RollRequest,
  CheckAnswer,
  NoticeShown,
  SecretState,
  StepLine,
} from '../../cli/operators/ports.ts';

export const secretArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/payments/orders-db-AbCdEf';
export const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:strongroom-dev-rotation-postgres';

export const invokePolicy = (sourceAccount: string | undefined): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'secretsmanager.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn,
        ...(sourceAccount !== undefined && { Condition: { StringEquals: { 'AWS:SourceAccount': sourceAccount } } }),
      },
    ],
  });

/** The value of a generated secret before its first rotation: a password of nobody. */
export const generatedOnly = 'generated';

interface Version {
  labels: string[];
  /** The password; absent: a version without a value. */
  value?: string;
  readonly createdAt: Date;
}

/**
 * Whoever logs in with a value that {@link accepted} has, is let in. The actions are those of docs/rotation.md: they
 * go to a credential that logs in, then to the admin, and promote nothing that does not log in.
 */
export class OperatorAwsModel implements OperatorAws {
  account = '111122223333';
  readonly versions = new Map<string, Version>();
  readonly accepted = new Set<string>();
  admin = false;
  rotationEnabled = true;
  present = true;
  functionState: FunctionState | undefined = { state: 'Active', policy: invokePolicy('111122223333') };
  keyState: KeyState | undefined = { state: 'Enabled' };
  /** Checks that fail, beside those that follow from the credentials. */
  failing: CheckResult[] = [];
  tags: Record<string, string> = { 'strongroom:engine': 'postgres', 'strongroom:strategy': 'single-user' };
  schedule = 'cron(0 2 ? * SUN *)';
  lastRotatedAt: Date | undefined;
  nextRotationAt: Date | undefined;
  deletedAt: Date | undefined;
  /** What a check tells beside; a newer function can have codes of its own. */
  notices: NoticeShown[] = [];
  /** Somebody else than the rotation function put the pending value. */
  planted = false;
  /** Operations that AWS denies. */
  readonly denied = new Set<string>();
  /** What the function logs, one entry a look. */
  stepLog: (readonly StepLine[])[] | undefined;
  /** How a started rotation ends; `never`: it stays pending. */
  rotation: 'succeeds' | 'never' | 'is-replaced' = 'succeeds';
  /** Every change that was asked for, and every region that was connected to. */
  readonly changes: string[] = [];
  readonly regions: (string | undefined)[] = [];
  closed = 0;

  readonly connect = (region: string | undefined): Promise<OperatorAws> => {
    this.regions.push(region);
    return Promise.resolve(this);
  };

  version(id: string, labels: readonly string[], value?: string, createdAt = new Date('2026-11-01T02:00:00Z')): void {
    this.versions.set(id, { labels: [...labels], createdAt, ...(value !== undefined && { value }) });
  }

  /** Whether a version that a label names logs in. */
  someLabelledCredentialLogsIn(): boolean {
    return ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'].some((label) => this.#stateOf(label) === 'logs-in');
  }

  whoAmI() {
    return Promise.resolve({ account: this.account, arn: `arn:aws:iam::${this.account}:role/operator` });
  }

  describe(): Promise<SecretState | undefined> {
    this.#allow('DescribeSecret');
    if (!this.present) return Promise.resolve(undefined);
    return Promise.resolve({
      arn: secretArn,
      name: 'dev/payments/orders-db',
      rotationEnabled: this.rotationEnabled,
      functionArn,
      schedule: this.schedule,
      keyId: 'alias/strongroom/dev/standard',
      tags: this.tags,
      labels: Object.fromEntries(
        [...this.versions].filter(([, { labels }]) => labels.length > 0).map(([id, { labels }]) => [id, [...labels]]),
      ),
      createdAt: new Date('2026-11-01T02:00:00Z'),
      ...(this.lastRotatedAt && { lastRotatedAt: this.lastRotatedAt }),
      ...(this.nextRotationAt && { nextRotationAt: this.nextRotationAt }),
      ...(this.deletedAt && { deletedAt: this.deletedAt }),
    });
  }

  versionDates() {
    this.#allow('ListSecretVersionIds');
    return Promise.resolve(new Map([...this.versions].map(([id, { createdAt }]) => [id, createdAt])));
  }

  rotate(_secretId: string, versionId: string): Promise<void> {
    this.#allow('RotateSecret');
    this.changes.push(`rotate ${versionId}`);
    this.version(versionId, ['AWSPENDING'], versionId);
    if (this.rotation === 'succeeds' && this.#setPassword(versionId)) this.#promote(versionId);
    if (this.rotation === 'is-replaced') this.#unlabel('AWSPENDING');
    return Promise.resolve();
  }

  key() {
    this.#allow('DescribeKey');
    return Promise.resolve(this.keyState);
  }

  rotationFunction() {
    this.#allow('GetFunction');
    return Promise.resolve(this.functionState);
  }

  check(): Promise<Answer<CheckAnswer>> {
    this.#allow('InvokeFunction');
    if (this.functionState === undefined) throw new Error('A function that does not exist was invoked');
    const unreachable = this.failing.some(({ check }) => check === 'network' || check === 'tls');
    const state = (label: string): CredentialState => {
      const own = this.#stateOf(label);
      return unreachable && own !== 'no-value' ? 'unknown' : own;
    };
    const pending = this.#pending();
    const current = state('AWSCURRENT');
    const failed = new Map(this.failing.map((result) => [result.check, result]));
    // With an admin it is the admin who logs in for the check.
    if (current === 'refused' && !this.admin) {
      const message = 'The database refuses the user';
      failed.set('login', { check: 'login', outcome: 'failed', code: 'database-auth', message });
    }
    const applying = [
      'secret',
      'value',
      'endpoint',
      ...(this.admin ? ['admin'] : []),
      'network',
      'tls',
      'login',
      'privileges',
    ];
    return Promise.resolve({
      report: {
        secret: 'dev/payments/orders-db',
        checks: (applying as CheckResult['check'][]).map(
          (check) => failed.get(check) ?? { check, outcome: unreachable ? 'unknown' : 'ok' },
        ),
        ...(this.notices.length > 0 && { notices: this.notices }),
        credentials: {
          current,
          ...(this.#holder('AWSPREVIOUS') && { previous: state('AWSPREVIOUS') }),
          ...(pending !== undefined && {
            pending: this.planted ? 'not-ours' : state('AWSPENDING'),
            pendingVersion: pending,
          }),
        },
      },
    });
  }

  roll(_functionArn: string, { Action, ClientRequestToken: token }: RollRequest): Promise<Answer<RollReport>> {
    this.#allow('InvokeFunction');
    this.changes.push(`${Action} ${token}`);
    const failed = (code: string) => Promise.resolve({ failed: { code, message: `it is ${code}` } });
    const secret = 'dev/payments/orders-db';
    if (Action === 'rollBack') {
      if (this.#stateOf('AWSCURRENT') === 'refused' && this.#stateOf('AWSPENDING') !== 'no-value') {
        if (!this.admin) return failed('nothing-to-return-to');
        this.#accept(this.#valueOf('AWSCURRENT'));
      }
      this.#unlabel('AWSPENDING');
      return Promise.resolve({ report: { secret, outcome: 'given-up' } });
    }
    const version = this.versions.get(token);
    if (version === undefined) return failed('token-unknown');
    if (this.planted) return failed('pending-not-ours');
    const value = (version.value ??= `value of ${token}`);
    if (!this.accepted.has(value) && !this.#setPassword(value)) return failed('no-credential-works');
    this.#promote(token);
    return Promise.resolve({ report: { secret, outcome: 'promoted' } });
  }

  steps(): Promise<readonly StepLine[] | undefined> {
    const [next, ...rest] = this.stepLog ?? [];
    if (rest.length > 0) this.stepLog = rest;
    return Promise.resolve(next);
  }

  close(): void {
    this.closed += 1;
  }

  /** As setSecret: with a stored credential that logs in, or as the admin. */
  #setPassword(value: string): boolean {
    if (!this.admin && this.#stateOf('AWSCURRENT') !== 'logs-in' && this.#stateOf('AWSPREVIOUS') !== 'logs-in') {
      return false;
    }
    this.#accept(value);
    return true;
  }

  #accept(value: string | undefined): void {
    this.accepted.clear();
    if (value !== undefined) this.accepted.add(value);
  }

  #promote(versionId: string): void {
    const current = this.#holder('AWSCURRENT');
    this.#unlabel('AWSPREVIOUS');
    this.#unlabel('AWSPENDING');
    this.#unlabel('AWSCURRENT');
    if (current !== undefined) this.versions.get(current)?.labels.push('AWSPREVIOUS');
    this.versions.get(versionId)?.labels.push('AWSCURRENT');
  }

  #unlabel(label: string): void {
    for (const version of this.versions.values()) version.labels = version.labels.filter((own) => own !== label);
  }

  #holder(label: string): string | undefined {
    return [...this.versions].find(([, { labels }]) => labels.includes(label))?.[0];
  }

  #pending(): string | undefined {
    const pending = this.#holder('AWSPENDING');
    return pending === this.#holder('AWSCURRENT') ? undefined : pending;
  }

  #valueOf(label: string): string | undefined {
    return this.versions.get(this.#holder(label) ?? '')?.value;
  }

  #stateOf(label: string): CredentialState {
    const value = this.#valueOf(label);
    if (value === undefined) return 'no-value';
    if (value === generatedOnly) return 'unknown';
    return this.accepted.has(value) ? 'logs-in' : 'refused';
  }

  #allow(operation: string): void {
    if (!this.denied.has(operation)) return;
    throw new CommandError('aws-denied', `could not do ${operation}: you may not`, { exitCode: 1 });
  }
}
