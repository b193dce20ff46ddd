/** Checks that the topics of all contacts fit into the one stack that has them: of a whole catalog, since each application names one. */
import { contactsOf, resourcesOf } from '../../model/contacts.ts';
import type { Catalog } from '../../model/catalog.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { reporter } from '../source/report.ts';
import type { YamlFile } from '../source/yaml-file.ts';

/** Of the 500 resources that CloudFormation takes; the foundation stack has others too. */
const resourcesForContacts = 450;

/** Contacts with one e-mail address, of three resources each. */
export const contactsAnEnvironment = resourcesForContacts / 3;

export const checkContacts = ({ environments }: Catalog, yaml: YamlFile): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  for (const environment of environments) {
    const contacts = contactsOf(environment);
    const application = environment.applications.find(({ file }) => file === yaml.path);
    const index = application ? contacts.findIndex(({ name }) => name === application.contact.name) : -1;
    const resources = contacts.slice(0, index + 1).reduce((sum, contact) => sum + resourcesOf(contact), 0);
    if (resources <= resourcesForContacts) continue;
    const room =
      resources === 3 * (index + 1)
        ? `room for ${contactsAnEnvironment}`
        : `room for ${resourcesForContacts} resources of contacts, not for ${resources}`;
    reporter(yaml, problems, environment.name)(
      ['contact'],
      'too-many-contacts',
      `is contact ${index + 1} of ${environment.name}, and its foundation stack has ${room}; ` +
        'write a contact of another application, which notifies the team',
    );
  }
  return problems;
};
