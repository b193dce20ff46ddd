/** The rotation functions of an environment, one for each engine in use and each network, and the watch of other functions. */
import { Construct } from 'constructs';
import type { AdoptedSecret, EnvironmentCatalog, NamedNetwork, Secret } from '../model/catalog.ts';
import { DatabaseRotation } from '../constructs/database-rotation/database-rotation.ts';
import { RotationWatch } from '../constructs/rotation-watch/rotation-watch.ts';
import { defaultNetwork, rotatorName, type DatabaseEngine } from '../contract/index.ts';
import { adoptedSecret, alertTopicOf, keyOf, logsFor, networkOf } from './references.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { secretNamesOf } from './secret-names.ts';

/**
 * Each network has one function per engine in use, also if none of its secrets needs it. So a secret that moves to
 * another network never loses its function before it has the other one.
 */
export class RotationStack extends EnvironmentStack {
  /** Present if a function of the organisation's own rotates a secret. */
  readonly watch: RotationWatch | undefined;
  readonly #byName = new Map<string, DatabaseRotation>();

  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, catalog, 'rotation');
    const { name: environment, contact, runbooks, certificateAuthorities, logRetentionDays } = catalog;
    const encryptionKeys = [keyOf(this, environment, 'standard'), keyOf(this, environment, 'high')];
    const alertTopic = alertTopicOf(this, environment, contact);
    for (const { name: network, network: ids } of networksOf(catalog)) {
      const place = ids && networkOf(this.#scopeOf(network), ids);
      for (const engine of enginesIn(catalog)) {
        const name = rotatorName(engine, network);
        const rotation = new DatabaseRotation(this, `Rotation-${name}`, {
          environment,
          secretNames: secretNamesOf(catalog),
          engine,
          network,
          encryptionKeys,
          alertTopic,
          runbooks,
          ...(certificateAuthorities !== undefined && { certificateAuthorities }),
          ...logsFor(logRetentionDays),
          ...place,
        });
        this.#byName.set(name, rotation);
      }
    }
    for (const [index, { engine, network, adopted }] of adoptedAdmins(catalog).entries()) {
      this.rotationOf(engine, network)?.serve(adoptedSecret(this, `AdoptedAdmin${index}`, adopted));
    }
    this.watch = hasCustomRotation(catalog)
      ? new RotationWatch(this, 'Watch', { environment, alertTopic, runbooks, ...logsFor(logRetentionDays) })
      : undefined;
  }

  /** The function of an engine in a network; every engine that the catalog rotates has one. */
  rotationOf(engine: DatabaseEngine, network?: string): DatabaseRotation | undefined {
    return this.#byName.get(rotatorName(engine, network));
  }

  /** The functions may rotate what is in stacks that this synth leaves out, as in a synth that has them. */
  serveLeftOut(secrets: readonly Secret[]): void {
    for (const secret of secrets) {
      const { database, rotation } = secret;
      if (database && rotation.kind === 'automatic') {
        this.rotationOf(database.engine, rotation.network)?.allowRotation(secret, rotation.strategy);
      }
    }
  }

  /** Two networks may share a security group, whose construct has its id. */
  #scopeOf(network: string): Construct {
    return network === defaultNetwork ? this : new Construct(this, `Network-${network}`);
  }
}

/** The default network first, if there is one. */
const networksOf = ({ network, networks = [], lacksDefaultNetwork }: EnvironmentCatalog): NamedNetwork[] => [
  ...(lacksDefaultNetwork ? [] : [{ name: defaultNetwork, ...(network && { network }) }]),
  ...networks,
];

/** Whether the environment has anything that rotates secrets. */
export const rotatesSecrets = (catalog: EnvironmentCatalog): boolean =>
  enginesIn(catalog).length > 0 || hasCustomRotation(catalog);

const hasCustomRotation = ({ applications }: EnvironmentCatalog): boolean =>
  applications.some(({ secrets }) => secrets.some(({ rotation }) => rotation.kind === 'custom'));

/** The engines of the secrets that rotate on a schedule. */
const enginesIn = ({ applications }: EnvironmentCatalog): DatabaseEngine[] => [
  ...new Set(
    applications
      .flatMap(({ secrets }) => secrets)
      .flatMap(({ database, rotation }) => (database && rotation.kind === 'automatic' ? [database.engine] : [])),
  ),
];

interface AdoptedAdmin {
  readonly engine: DatabaseEngine;
  readonly network?: string;
  readonly adopted: AdoptedSecret;
}

/** Adopted secrets that others name as their admin, with the function that reads them. */
const adoptedAdmins = ({ applications }: EnvironmentCatalog): AdoptedAdmin[] =>
  applications.flatMap(({ secrets }) =>
    secrets.flatMap(({ database, rotation }) => {
      if (!database || rotation.kind !== 'automatic' || !rotation.admin || !('secret' in rotation.admin)) return [];
      const { secret: name } = rotation.admin;
      const adopted = secrets.find((secret) => secret.name === name)?.adopted;
      const network = rotation.network === undefined ? {} : { network: rotation.network };
      return adopted ? [{ engine: database.engine, adopted, ...network }] : [];
    }),
  );
