/** Short names of secrets, as the catalog has them, and what Secrets Manager knows them by. */
import { secretName } from '../lib/contract/index.ts';
import type { DeclaredClass, DeclaredEnvironment, SecretsDeclaration } from './declaration.ts';
import type { IamDatabase } from './iam-login.ts';
import { checkName, invalidArgument } from './secrets-options.ts';

export interface SecretIds {
  /** @throws SecretError `invalid-argument`: no name, or none of the declaration. */
  idOf(name: string): string;
  /** The short name of a secret of this application; `undefined` for the secrets of others. */
  nameOf(id: string): string | undefined;
  /** @returns `undefined` where nothing is declared. */
  classOf(name: string): DeclaredClass | undefined;
  /** @throws SecretError `invalid-argument`: the declaration has no such database. */
  iamDatabase(name: string): IamDatabase;
}

export const createSecretIds = (
  environment: string,
  application: string,
  declaration: SecretsDeclaration | undefined,
): SecretIds => {
  const prefix = secretName(environment, application, '');
  if (!declaration) {
    return {
      idOf: (name) => {
        checkName('the name of a secret', name);
        return prefix + name;
      },
      nameOf: (id) => (id.startsWith(prefix) ? id.slice(prefix.length) : undefined),
      classOf: () => undefined,
      iamDatabase: (name) => {
        throw invalidArgument(
          `no database ${JSON.stringify(name)} is known: pass createSecrets what strongroom generate wrote, or iamLogin the database`,
        );
      },
    };
  }

  const { secrets, consumer } = declaration;
  const { secretIds = {}, iamDatabases = {} } = environmentOf(declaration, environment);
  const given = new Map(Object.entries(secretIds));
  const names = new Map(Object.keys(secrets).map((name) => [given.get(name) ?? prefix + name, name]));
  const ids = new Map([...names].map(([id, name]) => [name, id]));
  const unknown = (what: string, name: string, known: readonly string[]) =>
    invalidArgument(
      `${application}/${consumer} has no ${what} ${JSON.stringify(name)} in ${environment}: it has ${known.join(', ') || 'none'}; ` +
        'where the catalog changed, run strongroom generate',
    );
  return {
    idOf: (name) => {
      const id = ids.get(name);
      if (id === undefined) throw unknown('secret', name, [...ids.keys()]);
      return id;
    },
    nameOf: (id) => names.get(id),
    classOf: (name) => (Object.hasOwn(secrets, name) ? secrets[name] : undefined),
    iamDatabase: (name) => {
      const database = Object.hasOwn(iamDatabases, name) ? iamDatabases[name] : undefined;
      if (database === undefined) throw unknown('database with IAM login', name, Object.keys(iamDatabases));
      return database;
    },
  };
};

const environmentOf = (
  { application, consumer, environments }: SecretsDeclaration,
  environment: string,
): DeclaredEnvironment => {
  const found = Object.hasOwn(environments, environment) ? environments[environment] : undefined;
  if (found) return found;
  throw invalidArgument(
    `environment must be one of ${application}/${consumer}: ${Object.keys(environments).join(', ')} (got ${environment})`,
  );
};
