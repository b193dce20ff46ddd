/** What a rotation function needs of the servers of its secrets, and what a schedule waits for. */
import { Reference, Stack, Token, Tokenization } from 'aws-cdk-lib';
import { Role, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import type { DatabaseTarget } from '../../model/catalog.ts';
import { rotationRoleName, type DatabaseEngine } from '../../contract/index.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { RdsAccess } from './rds-access.ts';
import { UserAccess } from './user-access.ts';

export interface ServerAccess {
  readonly rds: RdsAccess;
  readonly users: UserAccess;
}

export const serverAccess = (scope: Construct, engine: DatabaseEngine, role: IRole): ServerAccess => ({
  rds: new RdsAccess(scope, 'Rds', role),
  users: new UserAccess(scope, 'Users', engine, role),
});

/**
 * The same in the stack of a secret whose database is deployed with it: that stack waits for the function, so the function
 * can't wait for what the stack knows of the database.
 */
export const serverAccessElsewhere = (
  secret: ManagedSecret,
  {
    environment,
    engine,
    network,
  }: { readonly environment: string; readonly engine: DatabaseEngine; readonly network?: string },
): ServerAccess => {
  const roleName = rotationRoleName(environment, engine, network);
  const scope = new Construct(Stack.of(secret), `Access-${roleName}`);
  return serverAccess(scope, engine, Role.fromRoleName(scope, 'Role', roleName));
};

/** Whether the names by which policies know the server or its user are known at deployment alone. */
export const isNamedAtDeployment = ({ host, userId, username }: DatabaseTarget): boolean =>
  [...('name' in host ? [] : Object.values<string>(host)), userId ?? username].some((name) => Token.isUnresolved(name));

/**
 * The constructs that a target refers to: of a cluster its instances, too.
 *
 * CloudFormation waits for what a template refers to, and a cluster is there before it has an instance to log in to.
 */
export const deployedWith = (target: DatabaseTarget): IConstruct[] => {
  const { host, port, dbname, username, userId, readReplicas = [] } = target;
  const texts = [...Object.values<string>(host), dbname, username, userId ?? '', ...readReplicas];
  const tokens = [
    ...texts.flatMap((text) => Tokenization.reverseString(text).tokens),
    ...(port === undefined ? [] : [Tokenization.reverseNumber(port)]),
  ];
  const targets = tokens.flatMap((token) => (Reference.isReference(token) ? [token.target] : []));
  return [...new Set(targets.map(constructOf))];
};

/** Of the resource in a construct of the AWS library, the construct. */
const constructOf = (target: IConstruct): IConstruct => {
  const { scope } = target.node;
  return scope?.node.defaultChild === target ? scope : target;
};
