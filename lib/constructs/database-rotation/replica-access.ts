/** What a rotation function needs in other regions: Secrets Manager encrypts replicas in the name of who writes the secret. */
import { ManagedPolicy, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import type { SecretNames } from '../arns.ts';
import { keysOfReplicas, replicateKeyActions, useKeysOfReplicas } from '../key-usage.ts';
import { PolicyPages } from '../policy-pages.ts';

export class ReplicaAccess extends Construct {
  readonly #environment: string;
  readonly #names: SecretNames | undefined;
  readonly #known = new Set<string>();
  readonly #pages: PolicyPages<ManagedPolicy>;

  constructor(scope: Construct, id: string, environment: string, role: IRole, names?: SecretNames) {
    super(scope, id);
    this.#environment = environment;
    this.#names = names;
    this.#pages = new PolicyPages(
      (page) => new ManagedPolicy(this, page, { description: 'Encrypts replicas in other regions', roles: [role] }),
    );
  }

  /** Encrypts there, and never decrypts: the function reads and writes in its own region alone. */
  allow(region: string): void {
    if (this.#known.has(region)) return;
    this.#known.add(region);
    // A statement is as long as four ARNs.
    const policy = this.#pages.pageFor(4);
    policy.addStatements(...useKeysOfReplicas(this, this.#environment, [region], replicateKeyActions, this.#names));
    acknowledgeWildcards(policy, keysOfReplicas(this, [region]));
  }
}
