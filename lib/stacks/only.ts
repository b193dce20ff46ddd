/** Which applications a synth is for, where it is not for all. */
import type { Catalog } from '../model/catalog.ts';
import { CatalogError } from '../catalog/messages/problem.ts';
import { nearest } from '../catalog/messages/suggest.ts';
import { platformApplication } from '../contract/index.ts';

/** @throws {@link CatalogError} with each name that is not an application of the catalog */
export const applicationsNamed = ({ environments }: Catalog, names: readonly string[]): ReadonlySet<string> => {
  const known = new Set(environments.flatMap(({ applications }) => applications.map(({ name }) => name)));
  const unknown = names.filter((name) => name !== platformApplication && !known.has(name));
  if (unknown.length > 0) {
    throw new CatalogError(
      unknown.map((name) => {
        const near = nearest(name, known);
        const write =
          near === undefined ? 'write the name of one, such as payments of payments.yaml' : `did you mean ${near}?`;
        return {
          code: 'unknown-application',
          file: `only=${name}`,
          message: `is not an application of the catalog; ${write}`,
        };
      }),
    );
  }
  return new Set(names);
};

/**
 * `-c only=payments` or `-c only=payments,storefront`; nothing where it is not given.
 *
 * @throws {@link CatalogError} for a value that is not a string
 */
export const onlyIn = (context: unknown): readonly string[] | undefined => {
  if (context === undefined) return undefined;
  if (typeof context === 'string') return context.split(',');
  throw new CatalogError([
    {
      code: 'wrong-type',
      file: 'only',
      message: 'must be names of applications as one text; write only=payments,storefront',
    },
  ]);
};
