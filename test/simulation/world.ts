/** A world for one run: secrets, a database, RDS, a clock, and the function that ships, invoked in it. */
import type { RotationPorts } from '../../lambdas/rotation/core/ports.ts';
import { check } from '../../lambdas/rotation/actions/check.ts';
import {
  isCodedError,
  engineFacts,
  parseGrace,
  rotationSteps,
  secretTag,
  type CheckReport,
  type DatabaseEngine,
  type RotationStrategy,
} from '../../lib/contract/index.ts';
import { DatabaseModel } from '../_helpers/database-model.ts';
import { InstancesModel } from '../_helpers/instances-model.ts';
import type { Interleaving } from '../_helpers/interleaving.ts';
import { SecretsManagerModel } from '../_helpers/secrets-manager-model.ts';
import { Invariants } from './invariants.ts';
import { Invocation, plantedPassword, type Note } from './invocation.ts';
import type { RotationErrorCode } from '../../lambdas/rotation/core/rotation-error.ts';
import { FunctionProcess } from './process.ts';
import { hasEffect } from './run.ts';
import { invoke, isOutside, type FunctionTask, type OutsideTask, type Task } from './tasks.ts';

export interface Scenario {
  readonly name: string;
  readonly strategy: RotationStrategy;
  readonly engine: DatabaseEngine;
  /** Prepares the database and other secrets; gives what the secret is at the start. */
  readonly prepare: (world: Parts) => {
    readonly value: string;
    readonly previous?: string;
    /** Otherwise the configuration is checked before anything is stored. @default false */
    readonly rotatedBefore?: true;
  };
  readonly tags: Readonly<Record<string, string>>;
  /** Whether a stored credential logs in before the rotation begins. */
  readonly worksAtStart: boolean;
  /** Why a login fails even where nothing disturbs the rotation. */
  readonly failsLogins?: string;
  /** How often all four steps may be needed, undisturbed, until a rotation has ended: RDS takes its time. @default 1 */
  readonly attempts?: number;
  /** The code with which every rotation is refused: someone must act first. */
  readonly refusedWith?: RotationErrorCode;
}

export interface Parts {
  readonly database: DatabaseModel;
  readonly secrets: SecretsManagerModel;
  readonly instances: InstancesModel;
}

/** Lets tests put a faulty part in the place of a right one, to see that the simulation notices. */
export type Sabotage = (ports: RotationPorts) => RotationPorts;

/** Of whatever happened inside an invocation, for a timeline. */
export type Listener = (actor: string, what: string) => void;

export const environment = 'dev';
export const secretName = 'dev/payments/orders-db';
export const adminSecretName = 'dev/payments/orders-db-admin';

/** A version id, of 32 characters at least. */
export const tokenOf = (name: string): string => name.padEnd(32, '0');
export const isToken = (versionId = ''): boolean => /^(forced-)?rotation-/.test(versionId);
export const firstToken = tokenOf('rotation-1');

const hourMs = 3_600_000;
/** Long after whatever was made before the run. */
const settledHours = 1_000;

export class World {
  readonly database: DatabaseModel;
  readonly secrets: SecretsManagerModel;
  readonly instances: InstancesModel;
  readonly violations: string[] = [];
  readonly arn: string;
  readonly scenario: Scenario;
  /** Users whose login is refused whatever the password. */
  readonly barred: readonly string[];
  readonly #sabotage: Sabotage;
  readonly #listener: Listener;
  readonly #invariants: Invariants;
  readonly #processes = new Map<string, FunctionProcess>();
  #generated = 0;
  #cancelled = false;
  #planted = false;
  #nowMs = Date.parse('2026-01-01T00:00:00Z');

  constructor(scenario: Scenario, sabotage: Sabotage = (ports) => ports, listener: Listener = () => undefined) {
    this.scenario = scenario;
    this.#sabotage = sabotage;
    this.#listener = listener;
    this.database = new DatabaseModel({ engine: scenario.engine });
    this.secrets = new SecretsManagerModel(() => new Date(this.#nowMs));
    this.instances = new InstancesModel(this.database);
    const { value, previous, rotatedBefore } = scenario.prepare(this);
    this.barred = [...this.database.users].filter(([, { barrier }]) => barrier).map(([username]) => username);
    const { engine, strategy } = scenario;
    const byRole = engineFacts[engine].usersChangedBy === 'function-role' && { [secretTag.username]: 'app' };
    const tags = { [secretTag.engine]: engine, [secretTag.strategy]: strategy, ...byRole, ...scenario.tags };
    this.arn = this.secrets.create(secretName, { value: previous ?? value, tags });
    if (previous !== undefined) this.secrets.put(this.arn, tokenOf('put-before'), value);
    if (rotatedBefore) this.secrets.configure(this.arn, { lastRotatedAt: this.now });
    this.wait(settledHours);
    this.#invariants = new Invariants(this);
    this.#fromOutside({ do: 'start', token: firstToken });
  }

  get now(): Date {
    return new Date(this.#nowMs);
  }

  /** How long the credential before the current one stays valid, in hours. */
  get graceHours(): number {
    return parseGrace(this.scenario.tags[secretTag.grace] ?? '0h') ?? 0;
  }

  wait(hours: number): void {
    this.#nowMs += hours * hourMs;
    this.secrets.settle();
  }

  /**
   * One task, of which each point is asked for. Resolves to the error with which it ended, if it did.
   *
   * @param note - takes whatever the function gets to see.
   */
  async perform(task: Task, actor: string, at: Interleaving, note: Note): Promise<unknown> {
    if (!isOutside(task)) return this.#invoke(task, actor, at, note);
    await at({ operation: task.do, kind: 'outside', ...('token' in task && { detail: task.token }) });
    return this.#fromOutside(task);
  }

  /** What a preflight says of the secret as it is now. */
  async preflight(): Promise<CheckReport> {
    const ports: RotationPorts = {
      versions: this.secrets.port(),
      database: this.database.port(),
      instances: this.instances.port(),
      passwords: { generate: () => 'generated-and-forgotten' },
      clock: this.#clock(),
      proofs: this.#process('preflight').proofs,
    };
    return check(this.arn, ports, environment, () => undefined);
  }

  /** A process has ended, and what it remembered is gone. */
  endProcess(actor: string): void {
    this.#processes.delete(actor);
  }

  /** What must hold after every effect. */
  check(): void {
    this.#invariants.check();
  }

  /** Everything on which what happens next depends. */
  state(): unknown {
    return [
      this.database.state(),
      this.secrets.state(),
      this.instances.state(),
      [...this.#processes].map(([actor, process]) => [actor, process.state()]),
      this.#invariants.state(),
      this.#cancelled,
      this.#planted,
      this.#nowMs,
    ];
  }

  /** Retries are allowed to run undisturbed, and after the grace time the sweep: what must hold in the end. */
  async settle(): Promise<void> {
    await this.finish();
    if (this.graceHours === 0 || this.violations.length > 0) return;
    this.wait(this.graceHours + 1);
    await this.#undisturbed({ do: 'sweep' });
    this.#invariants.checkAfterGrace();
  }

  /** Retries are allowed to run undisturbed. */
  async finish(): Promise<void> {
    if (this.secrets.has(adminSecretName)) await this.#finish(adminSecretName, 'admin');
    await this.#finish(secretName);
    if (this.scenario.refusedWith === undefined) this.#invariants.checkEnd();
  }

  /** A rotation that is on its way comes to its end; where the last one was given up, another one does. */
  async #finish(name: string, of?: 'admin'): Promise<void> {
    let token = this.#pending(name);
    if (token === undefined) {
      if (
        of ||
        this.secrets.labelled(name).some(({ stage, versionId }) => stage === 'AWSCURRENT' && isToken(versionId))
      )
        return;
      this.wait(this.graceHours + 1);
      token = tokenOf('rotation-last');
      this.#fromOutside({ do: 'start', token });
    }
    const failure = await this.#retry(token, of);
    const { refusedWith } = this.scenario;
    if (refusedWith !== undefined && !of) {
      if (isCodedError(failure) && failure.code === refusedWith) return;
      this.violations.push(`a rotation ended without ${refusedWith}: ${describe(failure)}`);
      return;
    }
    if (failure === undefined) return;
    // Nothing in a planted value is used: the operators give that version up, and rotate.
    if (this.#planted && isCodedError(failure) && failure.code === 'pending-not-ours') {
      this.#planted = false;
      await this.#undisturbed({ do: 'rollBack', token });
      await this.#finish(name, of);
      return;
    }
    // Whoever cancels while a step is on its way can have the cancelled version pending again: for that there is `rollBack`.
    if (this.#cancelled && isCodedError(failure) && failure.code === 'superseded') {
      await this.#undisturbed({ do: 'rollBack', token });
      this.#cancelled = false;
      await this.#finish(name, of);
    } else {
      this.violations.push(`a retry without disturbance failed: ${describe(failure)}`);
    }
  }

  /** @returns the failure of the last attempt. */
  async #retry(token: string, of: 'admin' | undefined): Promise<unknown> {
    let attempts = this.scenario.attempts ?? 1;
    for (;;) {
      const failure = await this.#allSteps(token, of);
      if (failure === undefined) return undefined;
      // Not before its time: the one refusal that only patience mends.
      if (isCodedError(failure) && failure.code === 'within-grace') {
        this.wait(this.graceHours + 1);
        // An empty version is given up, so Secrets Manager begins anew in the next window.
        if (this.#pending(secretName) === undefined) this.#fromOutside({ do: 'start', token });
      } else if ((attempts -= 1) === 0) return failure;
    }
  }

  async #allSteps(token: string, of: 'admin' | undefined): Promise<unknown> {
    for (const step of rotationSteps) {
      const failure = await this.#undisturbed({ do: step, token, ...(of && { of }) });
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  #pending(name: string): string | undefined {
    const labelled = this.secrets.labelled(name);
    const current = labelled.find(({ stage }) => stage === 'AWSCURRENT')?.versionId;
    return labelled.find(({ stage, versionId }) => stage === 'AWSPENDING' && versionId !== current)?.versionId;
  }

  async #undisturbed(task: Task): Promise<unknown> {
    let changed = true;
    const at: Interleaving = (point) => {
      if (changed) this.check();
      changed = hasEffect(point);
      return Promise.resolve('go');
    };
    const error = await this.perform(task, 'retry', at, () => undefined);
    this.check();
    return error;
  }

  #fromOutside(task: OutsideTask): Error | undefined {
    if (task.do === 'wait') {
      this.wait(task.hours);
      return undefined;
    }
    if (task.do === 'meddle') {
      this.database.setPassword('app', 'changed-by-hand');
      this.#invariants.meddled();
      return undefined;
    }
    if (task.do === 'plant') return this.#plant(task.token, task.host);
    const name = task.do === 'start' && task.of === 'admin' ? adminSecretName : secretName;
    if (task.do === 'cancel') {
      this.secrets.cancelRotation(name);
      this.secrets.configure(name, { rotationEnabled: false });
      this.#invariants.cancelled();
      this.#cancelled = true;
      return undefined;
    }
    if (this.#pending(name) !== undefined) return new Error('InvalidRequestException: a rotation is not complete');
    this.secrets.configure(name, { rotationEnabled: true });
    this.secrets.startRotation(name, task.token);
    if (name === secretName) this.#invariants.started(task.token);
    return undefined;
  }

  /** PutSecretValue: a version that has a value keeps it. */
  #plant(token: string, host: string | undefined): Error | undefined {
    const before = this.#pending(secretName);
    if (this.secrets.values().has(`${secretName} ${token}`)) return new Error('ResourceExistsException');
    const value = JSON.parse(this.secrets.value(secretName, 'AWSCURRENT') ?? '{}') as Record<string, unknown>;
    const planted = { ...value, password: plantedPassword, ...(host !== undefined && { host }) };
    this.secrets.plant(secretName, token, JSON.stringify(planted));
    this.#planted = true;
    // The label is gone from a rotation that is on its way, as where it is cancelled.
    if (before !== undefined && before !== token) this.#invariants.cancelled();
    return undefined;
  }

  async #invoke(task: FunctionTask, actor: string, at: Interleaving, note: Note): Promise<unknown> {
    const invocation = new Invocation(this.violations, note);
    const ports = invocation.observed(
      this.#sabotage(
        invocation.watched({
          versions: this.secrets.port(at),
          database: this.database.port(at),
          instances: this.instances.port(at),
          passwords: { generate: () => `generated-password-${(this.#generated += 1)}` },
          clock: this.#clock(),
          proofs: this.#process(actor).proofs,
        }),
      ),
    );
    try {
      const secretId = 'of' in task ? this.secrets.arnOf(adminSecretName) : this.arn;
      const outcome = await invoke(task, secretId, environment, { ports, log: invocation.log });
      this.#listener(actor, `${task.do}: ${outcome}`);
      await at({ operation: 'function.answer', kind: 'answer', detail: task.do });
      return undefined;
    } catch (error) {
      this.#listener(actor, `${task.do}: ${describe(error)}`);
      invocation.refuseSecretsIn(error);
      return error;
    } finally {
      invocation.checkLogins(task.do);
    }
  }

  /** Each invocation has time for a few pauses. */
  #clock(): RotationPorts['clock'] {
    let pauses = 0;
    return {
      now: () => this.now,
      pause: () => {
        pauses += 1;
        return Promise.resolve();
      },
      hasTime: () => pauses < 6,
    };
  }

  #process(actor: string): FunctionProcess {
    const process = this.#processes.get(actor) ?? new FunctionProcess({ now: () => this.now });
    this.#processes.set(actor, process);
    return process;
  }
}

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return 'not even with an error';
  return isCodedError(error) ? `${error.code} (${error.message})` : error.message;
};
