/** A declaration, checked: one that is older than the client, or written by hand, is refused with what is wrong. */
import type { DeclaredClass, SecretsDeclaration } from './declaration.ts';
import { checkDatabase } from './iam-login.ts';
import { checkName, invalidArgument } from './secrets-options.ts';

/** @throws SecretError `invalid-argument`. */
export const checkDeclaration = (declaration: SecretsDeclaration): SecretsDeclaration => {
  checkKeys('a declaration', declaration, ['application', 'consumer', 'secrets', 'environments']);
  checkName('application', declaration.application);
  checkName('consumer', declaration.consumer);
  for (const [name, declared] of Object.entries(declaration.secrets)) {
    checkName('the name of a secret', name);
    if (!Object.hasOwn(classes, declared)) {
      throw invalidArgument(`secrets.${name} must be a class: ${Object.keys(classes).join(', ')} (got ${declared})`);
    }
  }
  for (const [name, environment] of Object.entries(declaration.environments)) {
    checkKeys(`environments.${name}`, environment, [], ['secretIds', 'iamDatabases']);
    for (const database of Object.values(environment.iamDatabases ?? {})) checkDatabase(database);
  }
  return declaration;
};

const checkKeys = (
  what: string,
  value: object,
  needed: readonly string[],
  allowed: readonly string[] = needed,
): void => {
  const unknown = Object.keys(value).find((key) => !allowed.includes(key));
  if (unknown !== undefined) throw invalidArgument(`${what} has no ${unknown}: it has ${allowed.join(', ')}`);
  const missing = needed.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw invalidArgument(`${what} must have ${missing}: write it with strongroom generate`);
};

const classes: Readonly<Record<DeclaredClass, true>> = {
  database: true,
  'api-key': true,
  'oauth-client': true,
  'tls-certificate': true,
  'ssh-key': true,
  'signing-key': true,
  'encryption-key': true,
  generic: true,
};
