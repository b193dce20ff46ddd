/** The rotation functions of an environment, one an engine in use. */
import type { Construct } from 'constructs';
import type { AdoptedSecret, EnvironmentCatalog } from '../catalog/model.ts';
import { DatabaseRotation } from '../constructs/database-rotation/database-rotation.ts';
import type { DatabaseEngine } from '../contract/index.ts';
import { alertTopicOf, keyOf, logsFor, networkOf } from './references.ts';
import { EnvironmentStack } from './environment-stack.ts';

export class RotationStack extends EnvironmentStack {
  readonly #byEngine: ReadonlyMap<DatabaseEngine, DatabaseRotation>;

  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, catalog, 'rotation');
    const { name: environment, network, contact, runbooks, certificateAuthorities, logRetentionDays } = catalog;
    const encryptionKeys = [keyOf(this, environment, 'standard'), keyOf(this, environment, 'high')];
    const alertTopic = alertTopicOf(this, environment, contact);
    const place = network && networkOf(this, network);
    this.#byEngine = new Map(
      enginesIn(catalog).map((engine) => [
        engine,
        new DatabaseRotation(this, `Rotation-${engine}`, {
          environment,
          engine,
          encryptionKeys,
          alertTopic,
          runbooks,
          ...(certificateAuthorities !== undefined && { certificateAuthorities }),
          ...logsFor(logRetentionDays),
          ...place,
        }),
      ]),
    );
    for (const { engine, adopted } of adoptedAdmins(catalog)) this.rotationOf(engine)?.serveAdopted(adopted);
  }

  /** The function of an engine; every engine that the catalog rotates has one. */
  rotationOf(engine: DatabaseEngine): DatabaseRotation | undefined {
    return this.#byEngine.get(engine);
  }
}

/** The engines of the secrets that rotate on a schedule. */
export const enginesIn = ({ applications }: EnvironmentCatalog): DatabaseEngine[] => [
  ...new Set(
    applications
      .flatMap(({ secrets }) => secrets)
      .flatMap(({ database, rotation }) => (database && rotation.kind === 'automatic' ? [database.engine] : [])),
  ),
];

/** Adopted secrets that others name as their admin, with the engine that reads them. */
const adoptedAdmins = ({ applications }: EnvironmentCatalog): { engine: DatabaseEngine; adopted: AdoptedSecret }[] =>
  applications.flatMap(({ secrets }) =>
    secrets.flatMap(({ database, rotation }) => {
      if (!database || rotation.kind !== 'automatic' || !rotation.admin || !('secret' in rotation.admin)) return [];
      const { secret: name } = rotation.admin;
      const adopted = secrets.find((secret) => secret.name === name)?.adopted;
      return adopted ? [{ engine: database.engine, adopted }] : [];
    }),
  );
