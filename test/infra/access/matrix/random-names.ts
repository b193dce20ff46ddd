/** The names of an organisation's secrets, as its template makes them, and some secrets with names of their own. */
import fc from 'fast-check';
import type { AdminCredential, EnvironmentCatalog, Secret } from '../../../../lib/model/catalog.ts';
import { secretName } from '../../../../lib/contract/index.ts';

export interface Shape {
  /** Absent: the default. */
  readonly template: string | undefined;
  /** Names in the catalog of secrets with a name of their own. */
  readonly own: readonly string[];
}

/** The first is what most organisations have. */
export const shapes: fc.Arbitrary<Shape> = fc.record({
  template: fc.constantFrom(
    undefined,
    undefined,
    '/{environment}/{application}/{secret}',
    '{application}/{environment}/{secret}',
    'Acme_{environment}+{application}.{secret}@v1',
  ),
  own: fc.subarray(['db', 'db-admin', 'key', 'token']),
});

/** Every secret but the adopted ones, wherever it is named. */
export const renamed = (environment: EnvironmentCatalog, { template, own }: Shape): EnvironmentCatalog => {
  const nameOf = (application: string, secret: string): string =>
    own.includes(secret)
      ? `AmazonMSK_${environment.name}.${application}.${secret}`
      : secretName(environment.name, application, secret, template);
  const rename = (application: string, secret: Secret, all: readonly Secret[]): Secret => {
    const fullName = secret.adopted ? secret.fullName : nameOf(application, secret.name);
    const { rotation } = secret;
    if (rotation.kind !== 'automatic' || !rotation.admin) return { ...secret, fullName };
    return { ...secret, fullName, rotation: { ...rotation, admin: adminOf(application, rotation.admin, all) } };
  };
  const adminOf = (application: string, admin: AdminCredential, all: readonly Secret[]): AdminCredential => {
    if (!('secret' in admin)) return admin;
    const isAdopted = all.some(({ name, adopted }) => name === admin.secret && adopted !== undefined);
    return isAdopted ? admin : { ...admin, fullName: nameOf(application, admin.secret) };
  };
  const secretsOf = (application: string): readonly Secret[] =>
    environment.applications.find(({ name }) => name === application)?.secrets ?? [];
  return {
    ...environment,
    ...(template !== undefined && { nameTemplate: template }),
    applications: environment.applications.map((application) => ({
      ...application,
      secrets: application.secrets.map((secret) => rename(application.name, secret, application.secrets)),
      ...(application.uses && {
        uses: application.uses.map((use) => ({
          ...use,
          secret: rename(use.application, use.secret, secretsOf(use.application)),
        })),
      }),
    })),
  };
};
