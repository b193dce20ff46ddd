/** The contacts of an environment: each has a topic in its foundation stack. */
import type { Contact, EnvironmentCatalog } from './model.ts';

/** Each contact once: that of the platform, then those of the applications in their order. */
export const contactsOf = ({
  contact,
  applications,
}: Pick<EnvironmentCatalog, 'contact' | 'applications'>): Contact[] => [
  ...new Map(
    [contact, ...applications.map((application) => application.contact)].map((one) => [one.name, one]),
  ).values(),
];
