/** The contacts of an environment, and where the alarms of each go. */
import type { Contact, EnvironmentCatalog } from './catalog.ts';

/** Each contact once: that of the platform, then those of the applications in their order. */
export const contactsOf = ({
  contact,
  applications,
}: Pick<EnvironmentCatalog, 'contact' | 'applications'>): Contact[] => [
  ...new Map(
    [contact, ...applications.map((application) => application.contact)].map((one) => [one.name, one]),
  ).values(),
];

/** The addresses of a contact. */
export const emailsOf = ({ email }: { readonly email: string | readonly string[] }): readonly string[] =>
  typeof email === 'string' ? [email] : email;

/** Where the alarms of a contact go, in words: two contacts with the same words reach the same people. */
export const destinationsOf = (contact: Contact): readonly string[] => {
  if ('email' in contact) return emailsOf(contact);
  if ('topic' in contact) return [`the topic ${contact.topic}`];
  if ('webhook' in contact) return [`the webhook ${contact.webhook}`];
  if ('slack' in contact) return [`the Slack channel ${contact.slack.channel} of ${contact.slack.workspace}`];
  const { tenant, team, channel } = contact.teams;
  return [`the Teams channel ${channel} of team ${team}, tenant ${tenant}`];
};

/** Resources of a contact in the foundation stack: a topic and its policy, and who gets its messages. */
export const resourcesOf = (contact: Contact): number => {
  if ('topic' in contact) return 0;
  return 2 + ('email' in contact ? emailsOf(contact).length : 1);
};
