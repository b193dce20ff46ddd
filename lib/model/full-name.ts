/** The name of a secret in Secrets Manager: its own, that of the adopted one, or by the template. */
import { secretName, secretNameIn } from '../contract/index.ts';

/** What a secret's declaration says of its name. */
export interface NameSource {
  readonly name?: string | undefined;
  readonly adopt?: { readonly arn?: string | undefined } | undefined;
}

export interface NameScope {
  readonly environment: string;
  readonly application: string;
  readonly nameTemplate?: string | undefined;
}

/** @param secret - its name in the catalog. */
export const fullNameOf = (
  { environment, application, nameTemplate }: NameScope,
  secret: string,
  { name, adopt }: NameSource = {},
): string => {
  if (adopt?.arn !== undefined) return secretNameIn(adopt.arn);
  return name ?? secretName(environment, application, secret, nameTemplate);
};
