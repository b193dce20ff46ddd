/** One secret, one real server, and the engine between them; Secrets Manager is the model, or the local AWS. */
import { randomUUID } from 'node:crypto';
import { act } from '../../lambdas/rotation/actions/index.ts';
import { randomPasswords } from '../../lambdas/databases/passwords.ts';
import type { Clock } from '../../lambdas/runtime/clock.ts';
import type { Credential, Database } from '../../lambdas/databases/port.ts';
import type { RotationPorts, SecretVersions } from '../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../lambdas/rotation/core/proofs.ts';
import { rotate, type StepOutcome } from '../../lambdas/rotation/actions/rotate.ts';
import { DatabaseError } from '../../lambdas/databases/errors.ts';
import {
  rotationSteps,
  secretTag,
  type CheckReport,
  type DatabaseEngine,
  type RotationStep,
  type RotationStrategy,
  type SweepReport,
} from '../../lib/contract/index.ts';
import { Foresight } from './foresight.ts';
import { SecretsManagerModel } from './secrets-manager-model.ts';

export interface RealServer {
  readonly engine: DatabaseEngine;
  readonly address: { readonly host: string; readonly port: number; readonly dbname: string };
  /** Where applications connect, and so what the value has. @default the address */
  readonly endpoint?: { readonly host: string; readonly port: number };
  readonly admin: Credential;
  readonly database: Database;
}

/** Where the secrets are. */
export interface SecretStore {
  readonly versions: SecretVersions;
  /** Creates a secret whose rotation is on. Returns its ARN. */
  create(name: string, options: { readonly value: string; readonly tags: Record<string, string> }): Promise<string>;
  /** RotateSecret, up to the point at which the function is called for `createSecret`. */
  startRotation(arn: string, token: string): Promise<void>;
}

export const modelStore = (now: () => Date): SecretStore => {
  const model = new SecretsManagerModel(now);
  return {
    versions: model.port(),
    create: (name, options) => Promise.resolve(model.create(name, options)),
    startRotation: (arn, token) => {
      model.startRotation(arn, token);
      return Promise.resolve();
    },
  };
};

const hourMs = 3_600_000;

export class RealRotation {
  readonly arn: string;
  readonly foresight = new Foresight();
  /** Whether steps are held to preflight. A test that makes calls fail has nothing that could be foreseen. */
  isForeseen = true;
  /** Tests put other parts in the place of these. */
  ports: RotationPorts;
  readonly #server: RealServer;
  readonly #store: SecretStore;
  readonly #clock: { now: Date };

  /** @param user - exists on the server. */
  static async create(
    server: RealServer,
    strategy: RotationStrategy,
    user: Credential,
    storeFor: (now: () => Date) => SecretStore = modelStore,
  ): Promise<RealRotation> {
    const { engine, address, admin, endpoint } = server;
    const clock = { now: new Date() };
    const store = storeFor(() => clock.now);
    const suffix = randomUUID().slice(0, 8);
    const adminSecret = `dev/payments/admin-${suffix}`;
    await store.create(adminSecret, { value: JSON.stringify({ engine, ...address, ...admin }), tags: {} });
    const arn = await store.create(`dev/payments/orders-${suffix}`, {
      value: JSON.stringify({ engine, ...address, ...endpoint, ...user }),
      tags: tagsOf(server, strategy, user, adminSecret),
    });
    return new RealRotation(server, store, arn, clock);
  }

  private constructor(server: RealServer, store: SecretStore, arn: string, moving: { now: Date }) {
    this.#server = server;
    this.#store = store;
    this.#clock = moving;
    this.arn = arn;
    const clock: Clock = { now: () => moving.now, pause: () => Promise.resolve(), hasTime: () => true };
    this.ports = {
      versions: store.versions,
      database: server.database,
      instances: {
        describe: () => Promise.reject(new Error('no instance is named')),
        setMasterPassword: () => Promise.reject(new Error('no instance is named')),
      },
      passwords: randomPasswords,
      clock,
      proofs: recentProofs(clock),
    };
  }

  /** RotateSecret; the steps are the caller's. Returns the version's id. */
  async start(token: string = randomUUID()): Promise<string> {
    await this.#store.startRotation(this.arn, token);
    return token;
  }

  /** One step, held to what preflight says before. */
  step(step: RotationStep, token: string): Promise<StepOutcome> {
    const run = () => rotate({ Step: step, SecretId: this.arn, ClientRequestToken: token }, this.ports, 'dev');
    return this.isForeseen ? this.foresight.hold({ step, token }, () => this.check(), run) : run();
  }

  /** A preflight that tries the current credential alone: tests count the logins that the server refuses. */
  async check(): Promise<CheckReport> {
    const { password } = await this.stored('AWSCURRENT');
    const { database } = this.ports;
    const login: Database['login'] = (address, credential) =>
      credential.password === password
        ? database.login(address, credential)
        : Promise.reject(new DatabaseError('unknown', 'not tried', { retryable: false }));
    const options = this.#options({ ...this.ports, database: { ...database, login } });
    return (await act({ Action: 'check', SecretId: this.arn }, options)).report as CheckReport;
  }

  async rotate(started?: string): Promise<StepOutcome[]> {
    const token = started ?? (await this.start());
    const outcomes: StepOutcome[] = [];
    for (const step of rotationSteps) outcomes.push(await this.step(step, token));
    return outcomes;
  }

  async sweep(): Promise<SweepReport> {
    return (await act({ Action: 'sweep' }, this.#options())).report as SweepReport;
  }

  #options(ports = this.ports) {
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    return { ports, environment: 'dev', log, onFacts: () => undefined };
  }

  pass(hours: number): void {
    this.#clock.now = new Date(this.#clock.now.getTime() + hours * hourMs);
  }

  /** The version, the credential and the port under a label. */
  async stored(
    stage: 'AWSCURRENT' | 'AWSPREVIOUS',
  ): Promise<Credential & { readonly versionId: string; readonly port: number }> {
    const version = await this.#store.versions.read(this.arn, { stage });
    if (!version) throw new Error(`The secret has no ${stage}`);
    const { username, password, port } = JSON.parse(version.value) as Credential & { port: number };
    return { username, password, port, versionId: version.versionId };
  }

  /** Whether the server itself lets a credential in. */
  async accepts(credential: Credential): Promise<boolean> {
    try {
      await this.#server.database.login({ ...this.#server.address, tls: { mode: 'verify-full' } }, credential);
      return true;
    } catch (error) {
      if (error instanceof DatabaseError && (error.kind === 'auth' || error.kind === 'locked')) return false;
      throw error;
    }
  }
}

const tagsOf = (
  { engine, address, endpoint }: RealServer,
  strategy: RotationStrategy,
  { username }: Credential,
  adminSecret: string,
): Record<string, string> => ({
  [secretTag.environment]: 'dev',
  [secretTag.engine]: engine,
  [secretTag.strategy]: strategy,
  [secretTag.host]: address.host,
  [secretTag.port]: String(address.port),
  [secretTag.dbname]: address.dbname,
  [secretTag.username]: username,
  ...(endpoint && { [secretTag.endpoint]: endpoint.host, [secretTag.endpointPort]: String(endpoint.port) }),
  ...(strategy !== 'admin' && { [secretTag.admin]: adminSecret }),
  ...((strategy === 'alternating-users' || strategy === 'dual-password') && { [secretTag.grace]: '24h' }),
});
