/** Looks up what the catalog declares. Built once per function: the table has thousands of secrets. */
import {
  arnPattern,
  matchesWildcards,
  type DeclaredAccess,
  type DeclaredRole,
  type DeclaredSecretAccess,
} from '../../../../lib/contract/index.ts';

export interface Declared {
  readonly environment: string;
  readonly account: string;
  readonly production: boolean;
  secret(name: string): DeclaredSecretAccess | undefined;
  /** @param arn - ARN of a role. */
  role(arn: string): DeclaredRole | undefined;
  mayRead(arn: string, secret: DeclaredSecretAccess): boolean;
  rotates(arn: string, secret: DeclaredSecretAccess): boolean;
  /** Whether it is a queue, a function, a rule, the trail or the bucket of the audit. */
  isAuditResource(name: string): boolean;
}

export const createDeclared = (access: DeclaredAccess): Declared => {
  const exact = new Map<string, number>();
  const patterns: { readonly pattern: RegExp; readonly index: number }[] = [];
  access.roles.forEach(({ arn }, index) => {
    if (/[*?]/.test(arn)) patterns.push({ pattern: arnPattern(arn), index });
    else exact.set(arn, index);
  });
  const secrets = new Map(Object.entries(access.secrets));
  const indexOf = (arn: string): number | undefined =>
    exact.get(arn) ?? patterns.find(({ pattern }) => pattern.test(arn))?.index;
  const isOneOf = (arn: string, indexes: readonly number[]): boolean => {
    const index = indexOf(arn);
    return index !== undefined && indexes.includes(index);
  };
  return {
    environment: access.environment,
    account: access.account,
    production: access.production,
    secret: (name) => secrets.get(name),
    role: (arn) => access.roles[indexOf(arn) ?? -1],
    mayRead: (arn, { readers }) => isOneOf(arn, readers),
    rotates: (arn, { rotators }) => isOneOf(arn, rotators),
    isAuditResource: (name) => access.auditResources.some((pattern) => matchesWildcards(pattern, name)),
  };
};
