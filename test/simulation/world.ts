/** A world for one run: a secret, a database, and what must hold in it whatever happens. */
import { rotate } from '../../lambdas/rotation/rotate.ts';
import type { Credential, RotationPorts } from '../../lambdas/rotation/ports.ts';
import { DatabaseError } from '../../lambdas/rotation/rotation-error.ts';
import { rotationSteps, secretTag, type RotationStep } from '../../lib/contract/index.ts';
import { DatabaseModel } from '../_helpers/database-model.ts';
import type { Interleaving } from '../_helpers/interleaving.ts';
import { SecretsManagerModel } from '../_helpers/secrets-manager-model.ts';

export interface Scenario {
  readonly name: string;
  /** Prepares the database; gives what the secret is at the start. */
  readonly prepare: (database: DatabaseModel, secrets: SecretsManagerModel) => { value: string; previous?: string };
  readonly tags: Readonly<Record<string, string>>;
  /** Whether some stored credential logs in before the rotation begins. */
  readonly worksAtStart: boolean;
}

/** The most failed logins that one invocation may cost. */
export const failedLoginBudget = 3;

/** Lets tests put a faulty part in the place of a right one, to see that the simulation notices. */
export type Sabotage = (ports: RotationPorts) => RotationPorts;

interface Logins {
  refused: number;
  /** The credential with which something failed otherwise than by being refused. */
  failedAs: string | undefined;
}

const environment = 'dev';
const secretName = 'dev/payments/orders-db';
export const token = 'token-of-this-rotation-0000000001';

export class World {
  readonly database = new DatabaseModel();
  readonly secrets = new SecretsManagerModel();
  readonly violations: string[] = [];
  readonly #arn: string;
  readonly #sabotage: Sabotage;
  readonly #seen = new Map<string, string>();
  #generated = 0;
  #worked: boolean;

  constructor(scenario: Scenario, sabotage: Sabotage = (ports) => ports) {
    const { value, previous } = scenario.prepare(this.database, this.secrets);
    this.#arn = this.secrets.create(secretName, { value: previous ?? value, tags: scenario.tags });
    if (previous !== undefined) this.secrets.put(this.#arn, 'put-by-hand'.padEnd(32, '0'), value);
    this.secrets.startRotation(this.#arn, token);
    this.#worked = scenario.worksAtStart;
    this.#sabotage = sabotage;
  }

  /** One invocation of the function. Resolves to the error with which it ended, if it did. */
  async invoke(step: RotationStep, at: Interleaving): Promise<unknown> {
    const logins: Logins = { refused: 0, failedAs: undefined };
    const ports = this.#sabotage({
      versions: this.secrets.port(at),
      database: this.#watching(this.database.port(at), logins),
      instances: { describe: () => Promise.reject(new Error('no instance is named')) },
      passwords: { generate: () => `generated-password-${(this.#generated += 1)}` },
      clock: { pause: () => Promise.resolve() },
    });
    try {
      await rotate({ Step: step, SecretId: this.#arn, ClientRequestToken: token }, ports, environment);
      return undefined;
    } catch (error) {
      this.#refuseSecretsIn(error);
      return error;
    } finally {
      if (logins.refused > failedLoginBudget) {
        this.violations.push(`${step} cost ${logins.refused} failed logins`);
      }
    }
  }

  /** What must hold after every effect. */
  check(): void {
    const labelled = this.secrets.labelled(this.#arn);
    const current = labelled.filter(({ stage }) => stage === 'AWSCURRENT');
    if (current.length !== 1) this.violations.push(`${current.length} versions are AWSCURRENT`);
    for (const [version, value] of this.secrets.values()) {
      const before = this.#seen.get(version);
      if (before !== undefined && before !== value) this.violations.push(`the value of ${version} changed`);
      this.#seen.set(version, value);
    }
    const works = labelled.some(({ value }) => this.#logsIn(value));
    if (this.#worked && !works) this.violations.push('no stored credential logs in any more');
    this.#worked ||= works;
    if (this.#currentIs(token) && !this.#logsIn(current[0]?.value)) {
      this.violations.push('the promoted credential does not log in');
    }
  }

  /** What must hold once retries have been allowed to run. */
  checkEnd(errors: readonly unknown[]): void {
    const failure = errors.find((error) => error !== undefined);
    if (failure !== undefined)
      this.violations.push(
        `a retry without disturbance failed: ${failure instanceof Error ? failure.message : 'not even with an error'}`,
      );
    if (!this.#currentIs(token)) this.violations.push('the rotation did not end');
    for (const { stage, versionId } of this.secrets.labelled(this.#arn)) {
      if (stage === 'AWSPENDING' && versionId !== token) this.violations.push(`AWSPENDING was left on ${versionId}`);
    }
  }

  /** The retry that must succeed: all four steps, alone. */
  async settle(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of rotationSteps) {
      errors.push(
        await this.invoke(step, () => {
          this.check();
          return Promise.resolve('go');
        }),
      );
    }
    this.check();
    this.checkEnd(errors);
  }

  #currentIs(versionId: string): boolean {
    return this.secrets
      .labelled(this.#arn)
      .some((label) => label.stage === 'AWSCURRENT' && label.versionId === versionId);
  }

  #logsIn(value: string | undefined): boolean {
    if (value === undefined) return false;
    const { username, password } = JSON.parse(value) as { username?: string; password: string };
    return username !== undefined && this.database.accepts({ username, password });
  }

  /** Sees the true outcome of every login of one invocation, whatever a {@link Sabotage} makes of it afterwards. */
  #watching(database: RotationPorts['database'], logins: Logins): RotationPorts['database'] {
    const watch = async <Result>({ username, password }: Credential, work: Promise<Result>): Promise<Result> => {
      const credential = `${username} ${password}`;
      if (logins.failedAs !== undefined && logins.failedAs !== credential) {
        this.violations.push('another credential was tried after a failure that says nothing about the first');
      }
      try {
        return await work;
      } catch (error) {
        if (error instanceof DatabaseError && error.kind === 'auth') logins.refused += 1;
        // After a change whose answer was lost, the new password is looked at once.
        else if (error instanceof DatabaseError && !error.uncertain) logins.failedAs = credential;
        throw error;
      }
    };
    return {
      ...database,
      login: (address, credential) => watch(credential, database.login(address, credential)),
      changeOwnPassword: (address, credential, ...change) =>
        watch(credential, database.changeOwnPassword(address, credential, ...change)),
      changeUser: (address, admin, ...change) => watch(admin, database.changeUser(address, admin, ...change)),
    };
  }

  #refuseSecretsIn(error: unknown): void {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      const text = `${cause.message} ${JSON.stringify(cause)}`;
      if (/generated-password|canary/.test(text)) this.violations.push(`an error has a secret in it: ${cause.name}`);
    }
  }
}

const facts = { engine: 'postgres', host: 'db.internal', port: 5432, dbname: 'orders', username: 'app' };
const value = (password: string, more: object = {}) => JSON.stringify({ ...facts, password, ...more });

const withAdmin = (database: DatabaseModel, secrets: SecretsManagerModel): void => {
  database.addUser('admin', 'canary-admin', { createsRoles: true });
  secrets.create('dev/payments/orders-db-admin', {
    value: JSON.stringify({ host: 'db.internal', username: 'admin', password: 'canary-admin' }),
  });
};
const adminTag = { [secretTag.admin]: 'dev/payments/orders-db-admin' };

export const scenarios: readonly Scenario[] = [
  {
    name: 'a user who changes its own password',
    prepare: (database) => {
      database.addUser('app', 'canary-current');
      return { value: value('canary-current') };
    },
    tags: {},
    worksAtStart: true,
  },
  {
    name: 'a first rotation that creates the user',
    prepare: (database, secrets) => {
      withAdmin(database, secrets);
      return { value: JSON.stringify({ password: 'canary-generated' }) };
    },
    tags: {
      ...adminTag,
      [secretTag.host]: 'db.internal',
      [secretTag.username]: 'app',
      [secretTag.provision]: 'public=read-write',
    },
    worksAtStart: false,
  },
  {
    name: 'a provisioned user, whose grants are looked at first',
    prepare: (database, secrets) => {
      withAdmin(database, secrets);
      database.addUser('app', 'canary-current');
      return { value: value('canary-current') };
    },
    tags: { ...adminTag, [secretTag.provision]: 'public=read-only' },
    worksAtStart: true,
  },
  {
    name: 'a password that somebody changed past the secret, with an admin',
    prepare: (database, secrets) => {
      withAdmin(database, secrets);
      database.addUser('app', 'changed-by-hand');
      return { value: value('canary-current') };
    },
    tags: adminTag,
    worksAtStart: false,
  },
  {
    name: 'a wrong value put by hand, with the right one still AWSPREVIOUS',
    prepare: (database) => {
      database.addUser('app', 'canary-right');
      return { value: value('canary-wrong'), previous: value('canary-right') };
    },
    tags: {},
    worksAtStart: true,
  },
];
