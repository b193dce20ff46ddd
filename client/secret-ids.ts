/** Short names of secrets, as the catalog has them, and what Secrets Manager knows them by. */
import { secretName } from '../lib/contract/index.ts';
import type { DeclaredClass, DeclaredEnvironment, SecretsDeclaration } from './declaration.ts';
import type { IamDatabase } from './iam-login.ts';
import { checkName, invalidArgument, type SecretsOptions } from './secrets-options.ts';

/** Whose secrets they are, and how they are named. */
export type SecretPlace = Pick<SecretsOptions, 'application' | 'nameTemplate' | 'secretIds'> & {
  readonly environment: string;
};

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
  { environment, application, nameTemplate, secretIds: own = {} }: SecretPlace,
  declaration: SecretsDeclaration | undefined,
): SecretIds => {
  const byTemplate = (name: string): string => secretName(environment, application, name, nameTemplate);
  if (!declaration) {
    const ids = new Map(Object.entries(own));
    const names = new Map([...ids].map(([name, id]) => [id, name]));
    const [before = '', after = ''] = byTemplate('{secret}').split('{secret}');
    return {
      idOf: (name) => {
        checkName('the name of a secret', name);
        return ids.get(name) ?? byTemplate(name);
      },
      nameOf: (id) => {
        const isByTemplate = id.startsWith(before) && id.endsWith(after) && id.length > before.length + after.length;
        return names.get(id) ?? (isByTemplate ? id.slice(before.length, id.length - after.length) : undefined);
      },
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
  const names = new Map(Object.keys(secrets).map((name) => [given.get(name) ?? byTemplate(name), name]));
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
