/** Maps names of the catalog to names and ARNs in Secrets Manager. */
import { secretName } from '../lib/contract/index.ts';
import type { DeclaredClass, DeclaredEnvironment, SecretsDeclaration } from './declaration.ts';
import type { IamDatabase } from './iam-login.ts';
import { checkName, invalidArgument, type SecretsOptions } from './secrets-options.ts';

/** The application, the environment and how its secrets are named. */
export type SecretPlace = Pick<SecretsOptions, 'application' | 'nameTemplate' | 'secretIds'> & {
  readonly environment: string;
};

export interface SecretIds {
  /** @throws SecretError `invalid-argument` if the name is not valid or not declared. */
  idOf(name: string): string;
  /** @returns the name in the catalog, or `undefined` for a secret of another application. */
  nameOf(id: string): string | undefined;
  /** @returns `undefined` without a declaration. */
  classOf(name: string): DeclaredClass | undefined;
  /** @throws SecretError `invalid-argument` if the database is not declared. */
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
          `unknown database ${JSON.stringify(name)}: pass the declaration of strongroom generate to createSecrets, or the database itself to iamLogin`,
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
      `${application}/${consumer} has no ${what} ${JSON.stringify(name)} in ${environment} (declared: ${known.join(', ') || 'none'}). ` +
        'If the catalog changed, run strongroom generate',
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
    `environment must be one of the environments of ${application}/${consumer}: ${Object.keys(environments).join(', ')} (got ${JSON.stringify(environment)})`,
  );
};
