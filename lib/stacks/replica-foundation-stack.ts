/** The keys of an environment in a region where secrets of it have replicas. */
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentCatalog } from '../catalog/model.ts';
import { EncryptionKey } from '../constructs/encryption-key/encryption-key.ts';
import { stackPropsOf } from './stack-props.ts';

export class ReplicaFoundationStack extends Stack {
  constructor(scope: Construct, catalog: EnvironmentCatalog, region: string) {
    const name = `foundation-${region}`;
    super(scope, name, stackPropsOf({ ...catalog, region }, name));
    for (const sensitivity of sensitivitiesIn(catalog, region)) {
      new EncryptionKey(this, keyIds[sensitivity], { environment: catalog.name, sensitivity });
    }
  }
}

/** Every region that a secret of the environment is replicated to. */
export const replicaRegionsOf = ({ applications }: EnvironmentCatalog): string[] =>
  [...new Set(applications.flatMap(({ secrets }) => secrets.flatMap(({ replicas = [] }) => replicas)))].sort();

const keyIds = { standard: 'StandardKey', high: 'HighKey' } as const;

const sensitivitiesIn = ({ applications }: EnvironmentCatalog, region: string) => {
  const here = applications.flatMap(({ secrets }) => secrets.filter(({ replicas = [] }) => replicas.includes(region)));
  return (['standard', 'high'] as const).filter((one) => here.some(({ sensitivity }) => sensitivity === one));
};
