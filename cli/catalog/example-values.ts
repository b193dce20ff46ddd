/** Values that stand for those of a real organisation: a catalog with them is valid, and can't be deployed. */
import type { LateProblem } from '../../lib/catalog/source/late-problems.ts';
import type { Catalog, EnvironmentCatalog } from '../../lib/model/index.ts';

/** Accounts of AWS's documentation. */
export const exampleAccounts: ReadonlySet<string> = new Set([
  '111122223333',
  '444455556666',
  '777788889999',
  '123456789012',
  '012345678901',
]);

/** RFC 2606 and RFC 6761 reserve these domains. */
const reservedDomain = /(^|[@.])(example\.(com|org|net)|[a-z0-9-]+\.(example|invalid|test))$/i;

export const isExampleHost = (host: string): boolean => reservedDomain.test(host);

/** What to replace before a deployment, with its path in organisation.yaml. */
export const exampleValues = ({ environments }: Catalog): LateProblem[] => [
  ...environments.filter(({ account }) => exampleAccounts.has(account)).map(exampleAccount),
  ...exampleContacts(environments),
];

const exampleAccount = ({ name, account }: EnvironmentCatalog): LateProblem => ({
  path: ['environments', name, 'account'],
  code: 'example-value',
  message: `is an example of AWS (${account}); write the id of your account`,
});

const exampleContacts = (environments: readonly EnvironmentCatalog[]): LateProblem[] => {
  const contacts = environments.flatMap(({ contact, applications }) => [
    contact,
    ...applications.map((application) => application.contact),
  ]);
  const examples = new Map(
    contacts.flatMap((contact) =>
      'email' in contact && typeof contact.email === 'string' && isExampleHost(contact.email)
        ? [[contact.name, contact.email] as const]
        : [],
    ),
  );
  return [...examples].map(([name, email]) => ({
    path: ['contacts', name, 'email'],
    code: 'example-value',
    message: `is an example (${email}); write an address that someone reads`,
  }));
};
