/** A reader of secrets: its policies, and how the policy of each secret names it. */
import { Stack, Token } from 'aws-cdk-lib';
import { CfnRole, Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { type Construct, DependencyGroup } from 'constructs';
import { roleLimits } from '../../reader-policies/reading.ts';
import { roleArn } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import type { ReaderAccess } from './access-policy.ts';
import { type RoleConstruct, roleOfGrantee } from './grantee.ts';
import type { ImportedSecret } from './imported-secret.ts';
import type { ManagedSecret } from './managed-secret.ts';
import { rememberGrant } from './reference.ts';
import { ReaderPolicies, type ReaderPoliciesProps } from './reader-policies.ts';
import { grantOfPrincipal, grantOfResource } from './written-grant.ts';

export interface DeclaredReaderProps {
  /** ARN of the role; a pattern for a permission set. */
  readonly arn: string;
  readonly access: Omit<ReaderAccess, 'pending'>;
  /** Absent for a permission set: Identity Center makes its roles. */
  readonly role?: IRole;
  readonly policies: ReaderPoliciesProps;
  /** For messages. */
  readonly title: string;
}

export class DeclaredReader {
  readonly policies: ReaderPolicies;
  readonly #scope: Construct;
  readonly #props: DeclaredReaderProps;
  readonly #granted = new Map<ManagedSecret | ImportedSecret, { readonly pending: boolean; readonly grant: Grant }>();

  constructor(scope: Construct, props: DeclaredReaderProps) {
    this.#scope = scope;
    this.#props = props;
    this.policies = new ReaderPolicies(scope, props.policies);
  }

  /** @param pending - whether it may read the value of a rotation in progress, too. */
  grant(grantee: IGrantable, secret: ManagedSecret, pending: boolean): Grant {
    return this.#once(secret, pending, () => {
      this.#checkEnvironment(secret);
      const { arn, access, role } = this.#props;
      secret._declareReader(this.#arnIn(secret, arn), { ...access, pending });
      this.policies.addSecret(secret);
      const fences = new DependencyGroup(this.policies.deployed, secret._policy);
      if (this.#props.policies.role) return grantOfPrincipal(grantee, this.policies.statementsFor(secret), fences);
      // Others deploy the policy of this reader: `strongroom handover` prints it.
      const allowed = access.account !== undefined && role ? secret._statementFor(access.account, arn) : undefined;
      return allowed ? grantOfResource(grantee, allowed, secret.env, fences) : Grant.drop(grantee, 'read a secret');
    });
  }

  /** The policy of the secret is in another app, and names the reader already. */
  grantImported(grantee: IGrantable, secret: ImportedSecret, pending: boolean): Grant {
    return this.#once(secret, pending, () => {
      secret._checkReader(this.#props.arn, this.#props.title, pending);
      if (!this.#props.policies.role) return Grant.drop(grantee, 'read a secret');
      return grantOfPrincipal(grantee, this.policies.addImported(secret), this.policies.deployed);
    });
  }

  #once(secret: ManagedSecret | ImportedSecret, pending: boolean, create: () => Grant): Grant {
    const before = this.#granted.get(secret);
    if (before?.pending === pending) return before.grant;
    if (before) {
      throw invalidProps(
        this.#scope,
        `${this.#props.title} is granted ${secret.secretName} both with its pending value and without: choose one`,
      );
    }
    const grant = create();
    if (this.#props.role) rememberGrant(secret, this.#props.role.roleArn, grant);
    this.#granted.set(secret, { pending, grant });
    return grant;
  }

  /** Its policies name secrets of their own stack's account and region. */
  #checkEnvironment(secret: ManagedSecret): void {
    const [own, its] = [Stack.of(this.#scope), Stack.of(secret)];
    const differs = (a: string, b: string): boolean => a !== b && !Token.isUnresolved(a) && !Token.isUnresolved(b);
    if (!differs(own.account, its.account) && !differs(own.region, its.region)) return;
    throw invalidProps(
      this.#scope,
      `${secret.secretName} is in ${its.account}/${its.region}, and ${this.#props.title} in a stack of ` +
        `${own.account}/${own.region}: import the role into a stack of the same account and region, and grant that one`,
    );
  }

  /** A role of another stack by its name: its policies name the secret, so each of the two stacks would wait for the other. */
  #arnIn(secret: ManagedSecret, arn: string): string {
    const { role } = this.#props;
    const isElsewhere = role !== undefined && Stack.of(secret) !== Stack.of(role);
    return (isElsewhere ? namedRoleArn(secret, role) : undefined) ?? arn;
  }
}

/** By what is granted: a `Consumer`, or a role. */
const readers = new WeakMap<IGrantable, DeclaredReader>();

/** From now on, `grantRead` of a secret takes `grantee` for this reader. */
export const registerReader = (grantee: IGrantable, reader: DeclaredReader): void => {
  if (!readers.has(grantee)) readers.set(grantee, reader);
};

/** @throws ValidationError for a grantee that would be denied at run time */
export const readerOf = (secret: ManagedSecret | ImportedSecret, grantee: IGrantable): DeclaredReader => {
  const known = readers.get(grantee) ?? readers.get(grantee.grantPrincipal);
  if (known) return known;
  const role = roleOfGrantee(secret, secret.secretName, grantee);
  const reader = readerWith(role);
  registerReader(role, reader);
  return reader;
};

const readerWith = (role: RoleConstruct): DeclaredReader =>
  new DeclaredReader(role, {
    arn: role.roleArn,
    role,
    title: `The role ${role.node.path}`,
    // As an existing role of a Consumer: the fences of networks hold for it.
    access: { network: 'vpc' },
    policies: { name: role.node.id, title: `The role ${role.node.path}`, role, limits: roleLimits },
  });

/** The ARN of a role of this app, where its template gives the role a name. */
const namedRoleArn = (scope: Construct, role: IRole): string | undefined => {
  const resource = role.node.defaultChild;
  if (!(resource instanceof CfnRole)) return undefined;
  const { roleName, path = '/' } = resource;
  return roleName === undefined || Token.isUnresolved(roleName)
    ? undefined
    : roleArn(scope, `${path.slice(1)}${roleName}`);
};
