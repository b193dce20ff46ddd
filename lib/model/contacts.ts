/** The contacts of an environment, and where the alarms of each go. */
import type { Contact, EnvironmentCatalog } from './catalog.ts';

/** Each contact once: that of the platform, then those of the applications in their order, each before its fallback. */
export const contactsOf = ({
  contact,
  applications,
}: Pick<EnvironmentCatalog, 'contact' | 'applications'>): Contact[] => [
  ...new Map(
    [contact, ...applications.map((application) => application.contact)]
      .flatMap((one) => ('pagerduty' in one ? [one, one.pagerduty.fallback] : [one]))
      .map((one) => [one.name, one]),
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
  if ('pagerduty' in contact) {
    const { region, fallback } = contact.pagerduty;
    return [
      `PagerDuty (${region}) by the routing key of ${contact.name}`,
      ...destinationsOf(fallback).map((what) => `${what} if PagerDuty fails`),
    ];
  }
  const { tenant, team, channel } = contact.teams;
  return [`the Teams channel ${channel} of team ${team}, tenant ${tenant}`];
};

/** Resources of a contact in the foundation stack: a topic and its policy, and who gets its messages. */
export const resourcesOf = (contact: Contact): number => {
  if ('topic' in contact) return 0;
  // Of PagerDuty: the subscription, the secret, its policy, its alarm and the rule that counts its changes.
  if ('pagerduty' in contact) return 2 + 5;
  return 2 + ('email' in contact ? emailsOf(contact).length : 1);
};

/** A contact whose pages go to PagerDuty. */
export type PagerDutyContactOf = Extract<Contact, { pagerduty: unknown }>;

export const pagerDutyContactsOf = (environment: Pick<EnvironmentCatalog, 'contact' | 'applications'>) =>
  contactsOf(environment).filter((one): one is PagerDutyContactOf => 'pagerduty' in one);
