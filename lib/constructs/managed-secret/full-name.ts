/** The name of a secret, and whether policies name it by how it begins. */
import { secretName, secretNameIn } from '../../contract/index.ts';
import type { ManagedSecretProps } from './managed-secret.ts';

type NameProps = Pick<ManagedSecretProps, 'environment' | 'application' | 'name' | 'secretName' | 'secretNames'>;

export const fullNameOf = ({
  environment,
  application,
  name,
  secretName: own,
  adopted,
}: NameProps & Pick<ManagedSecretProps, 'adopted'>): string =>
  adopted ? secretNameIn(adopted.secretArn) : (own ?? secretName(environment, application, name));

/** Whether it begins as no name of the environment does: then its own policy allows what those of others can't. */
export const isApart = ({ environment, secretNames }: NameProps, fullName: string): boolean =>
  !(secretNames?.prefixes ?? [`${environment}/`]).some((prefix) => fullName.startsWith(prefix));
