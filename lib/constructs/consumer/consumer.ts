/** A reader of secrets: the role under which it reads, and the policies for the very secrets that name it. */
import { Stack, Token } from 'aws-cdk-lib';
import {
  type IGrantable,
  type IManagedPolicy,
  type IPrincipal,
  type IRole,
  Role,
  UnknownPrincipal,
} from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { IamLogin } from '../../reader-policies/reader-policy.ts';
import { type NamedSecret, permissionSetLimits, roleLimits } from '../../reader-policies/reading.ts';
import { consumerRoleArn } from '../../model/role-arn.ts';
import { applicationPrefix, consumerRoleName } from '../../contract/index.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { invalidProps } from '../invalid-props.ts';
import { DeclaredReader, registerReader } from '../managed-secret/declared-reader.ts';
import type { Replica } from '../managed-secret/managed-secret.ts';
import type { PermissionSet } from '../role-or-permission-set.ts';
import type { ReaderPolicies } from '../managed-secret/reader-policies.ts';
import { networkOf } from './network.ts';
import { type WorkloadProps, workloadRole } from './workload.ts';

export interface ConsumerOptions {
  readonly environment: string;
  readonly application: string;
  /** Name of the consumer within its application. */
  readonly name: string;
  /**
   * How the names of the application's secrets begin: those with other names are read by their ARNs, never by tags.
   * @default `<environment>/<application>/`
   */
  readonly namePrefix?: string;
  /**
   * `any`: the fences of VPC endpoints and networks are not for this consumer.
   * @default - what runs inside of AWS reads from within them; what runs outside, and people, from anywhere
   */
  readonly network?: 'any';
  /**
   * `by-version`: this consumer may read versions by their ids, as the caching libraries of AWS do. It then reaches every
   * version whose id it knows.
   * @default - by label alone
   */
  readonly reads?: 'by-version';
  /**
   * The boundary of the role that Strongroom makes.
   * @default - none
   */
  readonly permissionsBoundary?: IManagedPolicy;
  /**
   * `never`: with more secrets than ARNs fit into ten policies the synth fails. `auto`: with more than fit into one
   * policy, the consumer reads by the tags of its role and of the secrets.
   * @default 'auto'
   */
  readonly byTag?: 'auto' | 'never';
  /**
   * Where another stack of the application has the role that Strongroom makes: how it reads the secrets of this stack.
   * `by tags`: with the policy of that stack, see `strongroom deploy-plan`; `by ARN`: with policies of this one.
   * @default - the role is made here
   */
  readonly roleElsewhere?: 'by tags' | 'by ARN';
  /**
   * Regions in which the workload runs in addition to the stack's own, to read replicas there. Services that name a region when
   * they assume a role, as ECS does, may name these.
   * @default - none
   */
  readonly alsoRunsIn?: readonly string[];
}

/** A role that exists already. */
export interface ExistingRole {
  readonly role: IRole;
  /**
   * The account of the role, where it is another than the secrets': 12 digits. `strongroom handover` prints what that
   * account has to deploy.
   * @default - the account of the stack
   */
  readonly account?: string;
}

/**
 * The reader: a workload for which Strongroom creates the role, or a principal with an existing role. `strongroom handover`
 * prints the inline policy of a permission set.
 */
export type ConsumerProps = ConsumerOptions & (WorkloadProps | ExistingRole | PermissionSet);

/**
 * A declared reader.
 *
 * @example
 * const api = new Consumer(stack, 'Api', { environment: 'prod', application: 'payments', name: 'api', runsOn: 'ecs' });
 * ordersDb.grantRead(api);
 */
export class Consumer extends Construct implements IGrantable {
  /** Absent for a permission set: Identity Center makes its roles. */
  readonly role: IRole | undefined;
  readonly grantPrincipal: IPrincipal;
  readonly #policies: ReaderPolicies;

  constructor(scope: Construct, id: string, props: ConsumerProps) {
    super(scope, id);
    markOwnStack(this);
    const { environment, application, name } = props;
    const account = otherAccount(this, props);
    const role = roleOf(this, props);
    this.role = 'roleArn' in role ? role : undefined;
    this.grantPrincipal = this.role ?? new UnknownPrincipal({ resource: this });
    const title = `Consumer "${name}" of ${application}`;
    const reader = new DeclaredReader(this, {
      arn: 'roleArn' in role ? role.roleArn : consumerRoleArn(Stack.of(this), { ...role, name }),
      title,
      access: {
        network: networkOf(props),
        byVersion: props.reads === 'by-version',
        people: 'permissionSet' in props,
        ...(account !== undefined && { account }),
      },
      ...(this.role && { role: this.role }),
      policies: {
        name,
        title,
        ...(this.role && account === undefined && { role: this.role }),
        limits: 'permissionSet' in props ? permissionSetLimits : roleLimits,
        application: {
          environment,
          namePrefix: props.namePrefix ?? applicationPrefix(environment, application),
          byTags: 'runsOn' in props && props.byTag !== 'never' && props.roleElsewhere !== 'by ARN',
          ...('runsOn' in props && props.roleElsewhere === 'by tags' && { tagPolicyElsewhere: true }),
        },
      },
    });
    this.#policies = reader.policies;
    registerReader(this, reader);
    if (this.role) registerReader(this.role, reader);
  }

  /** Allows to log in to databases with tokens of IAM, each as this very user. */
  grantLogin(...logins: readonly IamLogin[]): void {
    for (const login of logins) this.#policies.addLogin(login);
  }

  /**
   * Adds secrets of other applications of the catalog, by their names, to the policies of this consumer. The stack of each
   * secret names the consumer in the policy of the secret.
   *
   * @internal
   */
  _grantReadShared(...secrets: readonly NamedSecret[]): void {
    for (const secret of secrets) this.#policies.addShared(secret);
  }

  /**
   * Reads by tags from now on, so that its policy holds for the application's secrets of other stacks, under these keys.
   *
   * @param replicas - of those secrets.
   * @internal
   */
  _readElsewhere(encryptionKeys: readonly IKey[], replicas: readonly Replica[] = []): void {
    this.#policies.readElsewhere(encryptionKeys, replicas);
  }

  /**
   * How many managed policies this stack attaches to the role.
   *
   * @internal
   */
  get _policyCount(): number {
    return this.#policies.count;
  }
}

/** The role, or the permission set of which Identity Center makes it. */
const roleOf = (scope: Construct, props: ConsumerProps): IRole | PermissionSet => {
  if ('runsOn' in props) {
    if ('role' in props) {
      throw invalidProps(scope, `Consumer "${props.name}" has both runsOn and role: leave one out`);
    }
    return props.roleElsewhere === undefined
      ? workloadRole(scope, props, props)
      : Role.fromRoleName(scope, 'Role', consumerRoleName(props.environment, props.application, props.name));
  }
  return 'role' in props ? props.role : props;
};

/** A role of an account that nobody named is a slip: what reads the secret would be left without a policy. */
const otherAccount = (scope: Construct, props: ConsumerProps): string | undefined => {
  if (!('role' in props)) return undefined;
  const { name, role, account: named } = props;
  const { account } = Stack.of(scope);
  const roleAccount = role.env.account;
  const known = !Token.isUnresolved(account) && !Token.isUnresolved(roleAccount);
  if (known && roleAccount !== (named ?? account)) {
    throw invalidProps(
      scope,
      `Consumer "${name}" has a role of account ${roleAccount}: ` +
        (named === undefined
          ? `name a role of the secrets' account ${account}, or add account: '${roleAccount}'`
          : `write account: '${roleAccount}' (got ${named})`),
    );
  }
  return named === account ? undefined : named;
};
