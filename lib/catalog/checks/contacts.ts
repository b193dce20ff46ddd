/** Checks that the topics of all contacts fit into the one stack that has them: of a whole catalog, since each application names one. */
import { contactsOf } from '../contacts.ts';
import type { Catalog } from '../model.ts';
import type { CatalogProblem } from '../problem.ts';
import { reporter } from '../report.ts';
import type { YamlFile } from '../yaml-file.ts';

/** Three resources each, of the 500 that CloudFormation takes; the foundation stack has others too. */
export const contactsAnEnvironment = 150;

export const checkContacts = ({ environments }: Catalog, yaml: YamlFile): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  for (const environment of environments) {
    const contacts = contactsOf(environment).map(({ name }) => name);
    const application = environment.applications.find(({ file }) => file === yaml.path);
    const index = application ? contacts.indexOf(application.contact.name) : -1;
    if (index < contactsAnEnvironment) continue;
    reporter(
      yaml,
      problems,
      environment.name,
    )(
      ['contact'],
      `is contact ${index + 1} of ${environment.name}, and its foundation stack has room for ` +
        `${contactsAnEnvironment}; write a contact of another application, who tells the team`,
    );
  }
  return problems;
};
