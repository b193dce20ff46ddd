/** Checks a declaration, which can be older than the client or written by hand. */
import { secretClasses } from '../lib/contract/index.ts';
import type { DeclaredClass, SecretsDeclaration } from './declaration.ts';
import { checkDatabase } from './iam-login.ts';
import { checkName, invalidArgument } from './secrets-options.ts';

/** @throws SecretError `invalid-argument`. */
export const checkDeclaration = (declaration: SecretsDeclaration): SecretsDeclaration => {
  checkKeys('a declaration', declaration, ['application', 'consumer', 'secrets', 'environments']);
  checkName('application', declaration.application);
  checkName('consumer', declaration.consumer);
  for (const [name, declared] of entriesOf('secrets', declaration.secrets)) {
    checkName('the name of a secret', name);
    if (!classes.includes(declared)) {
      throw invalidArgument(`secrets.${name} must be a class: ${classes.join(', ')} (got ${JSON.stringify(declared)})`);
    }
  }
  for (const [name, environment] of entriesOf('environments', declaration.environments)) {
    checkKeys(`environments.${name}`, environment, [], ['secretIds', 'iamDatabases']);
    for (const [, database] of entriesOf(`environments.${name}.iamDatabases`, environment.iamDatabases ?? {})) {
      checkDatabase(database);
    }
  }
  return declaration;
};

/** Plain JavaScript passes what the compiler would refuse. */
const entriesOf = <Value>(what: string, value: Readonly<Record<string, Value>> | null): [string, Value][] => {
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  throw invalidArgument(`${what} must be an object (got ${JSON.stringify(value)}): run strongroom generate`);
};

const checkKeys = (
  what: string,
  value: object,
  needed: readonly string[],
  allowed: readonly string[] = needed,
): void => {
  const unknown = entriesOf(what, value as Record<string, unknown>).find(([key]) => !allowed.includes(key));
  if (unknown !== undefined)
    throw invalidArgument(
      `${what} has an unknown key ${JSON.stringify(unknown[0])}: its keys are ${allowed.join(', ')}`,
    );
  const missing = needed.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw invalidArgument(`${what} has no ${missing}: run strongroom generate`);
};

/** Of the contract. A new class there does not compile here until {@link DeclaredClass} has it. */
const classes: readonly DeclaredClass[] = secretClasses;
