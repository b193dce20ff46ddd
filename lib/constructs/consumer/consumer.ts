/** A workload that reads secrets: its role, and a policy for the very secrets that name it. */
import { Stack, Token } from 'aws-cdk-lib';
import { Role, ServicePrincipal, type IGrantable, type IPrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { consumerRoleName } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { ReadPolicy } from './read-policy.ts';

export interface ConsumerProps {
  readonly environment: string;
  readonly application: string;
  /** Name of the consumer within its application. */
  readonly name: string;
  /**
   * What runs under the role that Strongroom makes. Either this or `role`.
   * @default - `role` is given
   */
  readonly runsOn?: 'lambda' | 'ecs';
  /**
   * A role of the stack's account that exists already. Either this or `runsOn`.
   * @default - Strongroom makes the role `<environment>-<application>-<name>`
   */
  readonly role?: IRole;
}

/**
 * A declared reader.
 *
 * @example
 * const api = new Consumer(stack, 'Api', { environment: 'prod', application: 'payments', name: 'api', runsOn: 'ecs' });
 * api.grantRead(ordersDb);
 */
export class Consumer extends Construct implements IGrantable {
  readonly role: IRole;
  readonly grantPrincipal: IPrincipal;
  readonly #granted = new Set<ManagedSecret>();
  readonly #policies: ReadPolicy[] = [];

  constructor(scope: Construct, id: string, props: ConsumerProps) {
    super(scope, id);
    this.role = roleOf(this, props);
    this.grantPrincipal = this.role;
  }

  /** Allows the role to read the value: in its own policy, in the secret's policy, and with the secret's key. */
  grantRead(...secrets: readonly ManagedSecret[]): void {
    for (const secret of secrets) {
      if (this.#granted.has(secret)) continue;
      this.#granted.add(secret);
      secret.declareReader(this.role.roleArn, { network: 'vpc', pending: false });
      this.#policyFor(secret).add(secret);
    }
  }

  /** Another policy once the last one is full: a role may have ten. */
  #policyFor(secret: ManagedSecret): ReadPolicy {
    const last = this.#policies.at(-1);
    if (last?.hasRoomFor(secret)) return last;
    const policy = new ReadPolicy(this, `ReadSecrets${this.#policies.length === 0 ? '' : this.#policies.length + 1}`, {
      role: this.role,
      description: `Reads the secrets that declare ${this.node.id} as their reader`,
    });
    this.#policies.push(policy);
    return policy;
  }
}

const principals = { lambda: 'lambda.amazonaws.com', ecs: 'ecs-tasks.amazonaws.com' } as const;

const roleOf = (scope: Construct, props: ConsumerProps): IRole => {
  const { environment, application, name, runsOn, role } = props;
  if (role) {
    if (runsOn !== undefined) throw invalidProps(scope, `Consumer "${name}" has both runsOn and role: leave one out`);
    checkAccount(scope, name, role);
    return role;
  }
  if (runsOn === undefined) {
    throw invalidProps(scope, `Consumer "${name}" has no role: write runsOn: 'lambda', runsOn: 'ecs' or role`);
  }
  const { account } = Stack.of(scope);
  return new Role(scope, 'Role', {
    roleName: consumerRoleName(environment, application, name),
    description: `Consumer ${name} of ${application} in ${environment}`,
    // The service acts for this account alone: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    assumedBy: new ServicePrincipal(principals[runsOn], {
      conditions: { StringEquals: { 'aws:SourceAccount': account } },
    }),
  });
};

/** A policy can't be attached to a role of another account, and CDK would leave it out without a word. */
const checkAccount = (scope: Construct, name: string, role: IRole): void => {
  const { account } = Stack.of(scope);
  const known = !Token.isUnresolved(account) && !Token.isUnresolved(role.env.account);
  if (known && role.env.account !== account) {
    throw invalidProps(
      scope,
      `Consumer "${name}" has a role of account ${role.env.account}: name a role of the secrets' account ${account}`,
    );
  }
};
