/** One secret, one database server, RDS, and the engine between them: what the tests of rotations have in common. */
import type { Log } from '../../lambdas/runtime/log.ts';
import { act } from '../../lambdas/rotation/actions/index.ts';
import type { Clock } from '../../lambdas/runtime/clock.ts';
import type { RotationPorts } from '../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../lambdas/rotation/core/proofs.ts';
import { rotate, type StepOutcome } from '../../lambdas/rotation/actions/rotate.ts';
import {
  isCodedError,
  engineFacts,
  rotationSteps,
  secretTag,
  type CheckReport,
  type DatabaseEngine,
  type RollReport,
  type RotationStep,
  type SweepReport,
} from '../../lib/contract/index.ts';
import { DatabaseModel } from './database-model.ts';
import { Foresight } from './foresight.ts';
import { InstancesModel } from './instances-model.ts';
import type { Decision, Point } from './interleaving.ts';
import { SecretsManagerModel } from './secrets-manager-model.ts';

export const token = 'token-0000000000000000000000000001';
/** Another version id for each word, long enough for Secrets Manager. */
export const tokenOf = (word: string): string => `token-${word}`.padEnd(36, '0');
export const secretName = 'dev/payments/orders-db';
export const adminName = 'dev/payments/admin';
export const canary = 'canary-current-password';
export const facts = {
  engine: 'postgres',
  host: 'db.internal',
  port: 5432,
  dbname: 'orders',
  username: 'app',
} as const;
export const masterArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds!db-1-AbCdEf';
export const adminTag = { [secretTag.admin]: adminName };

type Tags = Readonly<Record<string, string>>;

export class RotationBench {
  readonly secrets: SecretsManagerModel;
  readonly database: DatabaseModel;
  readonly instances: InstancesModel;
  /** What went outside, in order: `versions.read`, `database.login`… */
  readonly operations: string[] = [];
  /** Lines of the log of actions. */
  readonly lines: Record<string, unknown>[] = [];
  now = new Date('2026-01-01T00:00:00Z');
  /** How many more times there is time for another attempt. */
  attemptsLeft = 50;
  /** Tests put other parts in the place of these. */
  ports: RotationPorts;
  /** Decides at each point where something could happen. */
  at: (point: Point) => Decision = () => 'go';
  readonly foresight = new Foresight();
  /** A preflight is on its way: it leaves no trace in what the tests count. */
  isForeseeing = false;
  /** Whether the test disturbed a call since this step began. */
  #disturbed = false;

  constructor({ engine = 'postgres' }: { readonly engine?: DatabaseEngine } = {}) {
    this.secrets = new SecretsManagerModel(() => this.now);
    this.database = new DatabaseModel({ engine });
    this.instances = new InstancesModel(this.database);
    const at = (point: Point): Promise<Decision> => {
      if (this.isForeseeing) return Promise.resolve('go');
      this.operations.push(point.operation);
      return this.#decide(point);
    };
    const clock: Clock = {
      now: () => this.now,
      pause: () => Promise.resolve(),
      hasTime: () => this.isForeseeing || (this.attemptsLeft -= 1) > 0,
    };
    let generated = 0;
    this.ports = {
      versions: this.secrets.port(at),
      database: this.database.port(at),
      instances: this.instances.port(at),
      passwords: { generate: () => `generated-${this.isForeseeing ? generated : (generated += 1)}` },
      clock,
      proofs: recentProofs(clock),
    };
  }

  /** A secret whose rotation to {@link token} has begun. Returns its ARN. */
  secret(value: object | string | undefined, tags: Tags = {}): string {
    const text = typeof value === 'object' ? JSON.stringify(value) : value;
    const options = { ...(text !== undefined && { value: text }), tags: this.#declared(tags) };
    const arn = this.secrets.create(secretName, options);
    this.secrets.startRotation(arn, token);
    return arn;
  }

  /** The same, with a user who logs in with its value. */
  working(tags: Tags = {}): string {
    this.database.addUser(facts.username, canary);
    return this.secret({ ...facts, engine: this.database.engine, password: canary }, tags);
  }

  addAdmin(): void {
    this.database.addUser('admin', 'admin-password', { createsRoles: true });
    const credential = { username: 'admin', password: 'admin-password' };
    this.secrets.create(adminName, { value: JSON.stringify({ host: facts.host, port: facts.port, ...credential }) });
  }

  /** One step, held to what preflight says before. */
  run(arn: string, step: RotationStep, version = token): Promise<StepOutcome> {
    this.#disturbed = false;
    return this.foresight.hold(
      { step, token: version },
      () => this.#foresee(arn),
      () => rotate({ Step: step, SecretId: arn, ClientRequestToken: version }, this.ports, 'dev'),
      () => this.#disturbed,
    );
  }

  async runAll(arn: string, version = token): Promise<StepOutcome[]> {
    const outcomes: StepOutcome[] = [];
    for (const step of rotationSteps) outcomes.push(await this.run(arn, step, version));
    return outcomes;
  }

  /** RotateSecret and its four steps. */
  async rotateTo(arn: string, word: string): Promise<StepOutcome[]> {
    this.secrets.startRotation(arn, tokenOf(word));
    return this.runAll(arn, tokenOf(word));
  }

  check(arn: string): Promise<CheckReport> {
    return this.#act({ Action: 'check', SecretId: arn }) as Promise<CheckReport>;
  }

  roll(direction: 'rollBack' | 'rollForward', arn: string, version = token): Promise<RollReport> {
    return this.#act({ Action: direction, SecretId: arn, ClientRequestToken: version }) as Promise<RollReport>;
  }

  /** @param network - of the function. Absent: the default one. */
  sweep(network?: string): Promise<SweepReport> {
    return this.#act({ Action: 'sweep' }, network) as Promise<SweepReport>;
  }

  stored(arn: string, stage: string): Record<string, unknown> {
    return JSON.parse(this.secrets.value(arn, stage)!) as Record<string, unknown>;
  }

  /** Whether the credential under a label logs in. */
  logsIn(arn: string, stage: string): boolean {
    const { username, password } = this.stored(arn, stage) as { username: string; password: string };
    return this.database.accepts({ username, password });
  }

  pass(hours: number): void {
    this.now = new Date(this.now.getTime() + hours * 3_600_000);
  }

  /** How many operations of a port there were. */
  count(port: 'versions' | 'database.login' | 'instances'): number {
    return this.operations.filter((operation) => operation.startsWith(port)).length;
  }

  /** Whoever else changes a user goes by the name in the tags: the deployment sets it wherever it declares an admin. */
  #declared(tags: Tags): Record<string, string> {
    const byRole = engineFacts[this.database.engine].usersChangedBy === 'function-role';
    if (!byRole && !(secretTag.admin in tags)) return { ...tags };
    return { [secretTag.username]: facts.username, ...tags };
  }

  async #foresee(arn: string): Promise<CheckReport> {
    const { logins, failedLogins } = this.database;
    this.isForeseeing = this.instances.paused = true;
    try {
      return await this.check(arn);
    } finally {
      this.isForeseeing = this.instances.paused = false;
      Object.assign(this.database, { logins, failedLogins });
    }
  }

  #decide(point: Point): Promise<Decision> {
    const disturbed = this.#disturbed;
    this.#disturbed = true;
    const decision = this.at(point);
    this.#disturbed = disturbed || decision !== 'go';
    return Promise.resolve(decision);
  }

  #act(request: Parameters<typeof act>[0], network?: string): Promise<unknown> {
    const line =
      (level: string) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        this.lines.push({ level, message, ...fields });
      };
    const log: Log = { info: line('info'), warn: line('warn'), error: line('error') };
    const options = {
      ports: this.ports,
      environment: 'dev',
      log,
      onFacts: () => undefined,
      ...(network !== undefined && { network }),
    };
    return act(request, options).then(({ report }) => report);
  }
}

/** Code and message with which something is refused; no secret may be in it. */
export const refusalOf = async (promise: Promise<unknown>): Promise<[code: string, message: string]> => {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isCodedError(error)) throw new Error('expected an error with a code', { cause: error });
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (/canary|generated-/.test(cause.message)) throw new Error('an error has a secret in it');
  }
  return [error.code, error.message];
};
