/** What an environment has in a region with replicas of its secrets: keys, and the rule that sends audit events home. */
import type { Construct } from 'constructs';
import type { EnvironmentCatalog, Secret } from '../model/catalog.ts';
import { ReplicaLane } from '../constructs/audit-trail/replica-lane.ts';
import { EncryptionKey } from '../constructs/encryption-key/encryption-key.ts';
import type { Sensitivity } from '../contract/index.ts';
import { EnvironmentStack } from './environment-stack.ts';
import { crossAccountReadersOf } from './cross-account-readers.ts';
import { secretNamesOf } from './secret-names.ts';

export class ReplicaFoundationStack extends EnvironmentStack {
  constructor(scope: Construct, catalog: EnvironmentCatalog, region: string) {
    const name = `foundation-${region}`;
    super(scope, { ...catalog, region }, name);
    const secrets = catalog.applications.flatMap((application) => application.secrets);
    for (const sensitivity of ['standard', 'high'] as const) {
      const isHere = (secret: Secret): boolean => secret.sensitivity === sensitivity && isIn(region, secret);
      if (!secrets.some(isHere)) continue;
      new EncryptionKey(this, keyIds[sensitivity], {
        environment: catalog.name,
        secretNames: secretNamesOf(catalog),
        sensitivity,
        crossAccountReaders: crossAccountReadersOf(this, catalog, isHere),
        forReplicas: true,
      });
    }
    new ReplicaLane(this, 'Audit', { environment: catalog.name, homeRegion: catalog.region });
  }
}

const keyIds: Record<Sensitivity, string> = { standard: 'StandardKey', high: 'HighKey' };

const isIn = (region: string, { replicas = [] }: Secret): boolean => replicas.includes(region);
