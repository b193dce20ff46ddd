/** Readers of other accounts, which the key policies of the secrets must allow. */
import type { Construct } from 'constructs';
import type { EnvironmentCatalog, Secret } from '../model/catalog.ts';
import type { CrossAccountReader } from '../constructs/encryption-key/encryption-key.ts';
import { roleOf } from './references.ts';

/** Each with what it reads of the secrets that `counts` names. Adopted secrets have keys of their own. */
export const crossAccountReadersOf = (
  scope: Construct,
  { applications, fences }: EnvironmentCatalog,
  counts: (secret: Secret) => boolean,
): CrossAccountReader[] => {
  const { organizationId } = fences ?? {};
  // A secret with such a reader is refused without it.
  if (organizationId === undefined) return [];
  return applications.flatMap(({ consumers, secrets }) =>
    consumers.flatMap((consumer): CrossAccountReader[] => {
      if (!('account' in consumer)) return [];
      const read = secrets.filter(
        (secret) => counts(secret) && !secret.adopted && secret.readers.includes(consumer.name),
      );
      const role = roleOf(scope, consumer.roleArn);
      return read.length === 0 ? [] : [{ role, organizationId, secrets: read.map(({ fullName }) => fullName) }];
    }),
  );
};
