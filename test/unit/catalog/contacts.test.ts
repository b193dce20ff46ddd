import { expect, test } from 'vitest';

import { organisationYaml, problemsOf } from '../../_helpers/catalog-folder.ts';

/** One contact per application, and the one of the platform. */
const catalogWith = (contacts: number): Record<string, string> => {
  const names = Array.from({ length: contacts - 1 }, (_, index) => `team-${String(index).padStart(3, '0')}`);
  return {
    'organisation.yaml': organisationYaml.replace(
      'contacts:\n',
      `contacts:\n${names.map((name) => `  ${name}: { email: ${name}@acme.example }\n`).join('')}`,
    ),
    ...Object.fromEntries(
      names.map((name) => [
        `${name}.yaml`,
        `application: ${name}\nowner: ${name}\ncontact: ${name}\nenvironments: [dev]\n` +
          'consumers: { api: { runsOn: ecs } }\nsecrets: { key: { class: signing-key, readers: [api] } }\n',
      ]),
    ),
  };
};

test('an environment takes 150 contacts', () => {
  expect(problemsOf(catalogWith(150))).toEqual([]);
});

test('the contact after that is refused where it is named', () => {
  expect(problemsOf(catalogWith(151))).toEqual([
    'team-149.yaml:3:10 contact is contact 151 of dev, and its foundation stack has room for 150; ' +
      'write a contact of another application, which notifies the team',
  ]);
});
