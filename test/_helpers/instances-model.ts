/** RDS as the `Instances` port sees it: where servers are, and a master password that holds only some time later. */
import type { Endpoint } from '../../lambdas/databases/port.ts';
import type { Instance, InstanceId, Instances } from '../../lambdas/rotation/core/ports.ts';
import { RotationError } from '../../lambdas/rotation/core/rotation-error.ts';
import type { DatabaseModel } from './database-model.ts';
import { undisturbed, type Interleaving } from './interleaving.ts';

export interface ModelledInstance extends Endpoint {
  readonly masterUsername?: string;
  readonly masterSecretArn?: string;
  readonly readers?: readonly Endpoint[];
  /** How many looks a new master password takes. @default 2 */
  readonly looks?: number;
}

interface Change {
  readonly password: string;
  looksLeft: number;
}

export class InstancesModel {
  readonly #instances = new Map<string, ModelledInstance>();
  readonly #changes = new Map<string, Change>();
  readonly #database: DatabaseModel;
  /** Looks do not move time on. */
  paused = false;

  /** @param database - the server in which master passwords change. */
  constructor(database: DatabaseModel) {
    this.#database = database;
  }

  add(identifier: string, instance: ModelledInstance): void {
    this.#instances.set(identifier, instance);
  }

  /** The port, as one worker sees it. */
  port(at: Interleaving = undisturbed): Instances {
    return {
      describe: async (id) => {
        const decision = await at({ operation: 'instances.describe', kind: 'look', detail: nameOf(id) });
        if (decision === 'refuse') throw throttled('describe');
        return this.#look(id);
      },
      setMasterPassword: async (id, password) => {
        const decision = await at({ operation: 'instances.setMasterPassword', kind: 'write', detail: nameOf(id) });
        if (decision === 'refuse') throw throttled('modify');
        this.#change(id, password);
        if (decision === 'lose-answer') {
          throw new RotationError('aws-unavailable', 'Could not modify (TimeoutError)', { retryable: true });
        }
      },
    };
  }

  /** Everything on which what happens next depends. */
  state(): unknown {
    return [...this.#changes];
  }

  #look(id: InstanceId): Instance {
    const { host, port, masterSecretArn, masterUsername, readers = [] } = this.#find(id);
    const change = this.#changes.get(nameOf(id));
    // While it is on its way it is seen as such, even by the look with which it arrives.
    if (change && !this.paused && (change.looksLeft -= 1) <= 0) {
      this.#changes.delete(nameOf(id));
      if (masterUsername !== undefined) this.#database.setPassword(masterUsername, change.password);
    }
    return {
      host,
      port,
      ...(masterSecretArn !== undefined && { masterSecretArn }),
      ...(masterUsername !== undefined && { masterUsername }),
      masterPasswordPending: change !== undefined,
      readers,
    };
  }

  #change(id: InstanceId, password: string): void {
    const { looks = 2 } = this.#find(id);
    if (this.#changes.has(nameOf(id))) {
      // InvalidDBInstanceState: one modification at a time.
      throw new RotationError('master-password-pending', `Instance ${nameOf(id)} is being modified`, {
        retryable: true,
      });
    }
    this.#changes.set(nameOf(id), { password, looksLeft: looks });
  }

  #find(id: InstanceId): ModelledInstance {
    const instance = this.#instances.get(nameOf(id));
    if (!instance) {
      throw new RotationError('instance-unknown', `There is no instance ${nameOf(id)}`, { retryable: false });
    }
    return instance;
  }
}

const nameOf = (id: InstanceId): string => ('rds' in id ? id.rds : id.rdsCluster);

const throttled = (doing: string): RotationError =>
  new RotationError('aws-throttled', `Could not ${doing} (ThrottlingException)`, { retryable: true });
