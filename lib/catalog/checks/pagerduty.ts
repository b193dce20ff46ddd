/** Checks the contacts of PagerDuty: the one that is paged if PagerDuty fails is another kind of contact. */
import type { ContactSource } from '../schema/contact.ts';
import type { OrganisationSource } from '../schema/organisation.ts';
import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import { didYouMean } from '../messages/suggest.ts';
import type { Report } from '../source/report.ts';
import type { Remains } from '../source/structure.ts';

type Source = Remains<OrganisationSource>;

/** Names of the contacts that are PagerDuty in an environment. */
export const pagerDutyNames = (contacts: Source['contacts'], own: Source['contacts']): string[] =>
  Object.entries({ ...contacts, ...own }).flatMap(([name, one]) => (one?.pagerduty === undefined ? [] : [name]));

export const checkPagerDuty = ({ contacts = {}, environments = {} }: Source, report: Report): void => {
  const known = Object.keys(contacts);
  const refused = new Set<string>();
  const refuse = (path: readonly string[], code: CatalogProblemCode, problem: string): void => {
    if (!refused.has(path.join(' '))) report([...path], code, problem);
    refused.add(path.join(' '));
  };
  for (const [environment, its] of Object.entries(environments)) {
    const own = its?.contacts ?? {};
    const here: Readonly<Record<string, Partial<Remains<ContactSource>> | undefined>> = { ...contacts, ...own };
    for (const name of pagerDutyNames(contacts, own)) {
      const fallback = here[name]?.pagerduty?.fallback;
      if (fallback === undefined) continue;
      const base = own[name]?.pagerduty === undefined ? [] : ['environments', environment];
      const path = [...base, 'contacts', name, 'pagerduty', 'fallback'];
      if (!known.includes(fallback)) {
        refuse(
          path,
          'unknown-contact',
          `must be one of contacts (got ${fallback}); ${didYouMean(fallback, known, 'add it there')}`,
        );
      } else if (here[fallback]?.pagerduty !== undefined) {
        refuse(
          path,
          'value-not-possible',
          `is a contact of PagerDuty in ${environment}, too (got ${fallback}), and it is paged if PagerDuty fails; ` +
            'write a contact with email, topic, webhook, slack or teams',
        );
      }
    }
  }
};
