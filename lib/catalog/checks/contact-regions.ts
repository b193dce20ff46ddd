/** Checks that alarms can get from each environment to its contacts: of a whole catalog, since applications name contacts. */
import { contactsOf, destinationsOf } from '../../model/contacts.ts';
import type { Catalog, Contact, EnvironmentCatalog, ExistingTopic } from '../../model/catalog.ts';
import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { reporter } from '../source/report.ts';
import { partitionOf } from '../../model/role-arn.ts';
import { valueAt } from '../source/value-at.ts';
import type { YamlFile } from '../source/yaml-file.ts';

type Refuse = (key: string, code: CatalogProblemCode, problem: string) => void;

export const checkContactRegions = ({ environments }: Catalog, yaml: YamlFile): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  const report = reporter(yaml, problems);
  const chats = new Map<string, string>();
  for (const environment of environments) {
    for (const contact of contactsOf(environment)) {
      const own = ['environments', environment.name, 'contacts', contact.name];
      const path = valueAt(yaml.data, own) === undefined ? ['contacts', contact.name] : own;
      const refuse: Refuse = (key, code, problem) => {
        report([...path, key], code, problem);
      };
      if ('topic' in contact) checkTopic(environment, contact, refuse);
      if ('slack' in contact || 'teams' in contact) checkChat(environment, contact, chats, refuse);
    }
  }
  return problems;
};

const checkTopic = (environment: EnvironmentCatalog, contact: ExistingTopic, refuse: Refuse): void => {
  const [, partition, , region = '', account = ''] = contact.topic.split(':');
  const elsewhere = `environments.${environment.name}.contacts.${contact.name}`;
  if (partition !== partitionOf(environment.region) || region !== environment.region) {
    refuse(
      'topic',
      'wrong-location',
      `must be in ${environment.region}, as environment ${environment.name}: alarms reach topics of their own region ` +
        `only (got ${contact.topic}); write a topic of ${environment.region} under ${elsewhere}`,
    );
  } else if (account !== environment.account && contact.account === undefined) {
    refuse(
      'topic',
      'wrong-location',
      `is in account ${account}, and environment ${environment.name} in ${environment.account}; write a topic of ` +
        `${environment.account} under ${elsewhere}, or account: '${account}' next to the topic if alarms may leave the account`,
    );
  }
};

/**
 * https://docs.aws.amazon.com/chatbot/latest/APIReference/API_SlackChannelConfiguration.html has ARNs of `aws` alone. An
 * account has one configuration for a channel, over all its regions.
 */
const checkChat = (
  { name, account, region }: EnvironmentCatalog,
  contact: Extract<Contact, { slack: unknown } | { teams: unknown }>,
  chats: Map<string, string>,
  refuse: Refuse,
): void => {
  const key = 'slack' in contact ? 'slack' : 'teams';
  if (partitionOf(region) !== 'aws') {
    refuse(
      key,
      'chat-not-possible',
      `is not for environment ${name}: Amazon Q Developer in chat applications is not in the partition of ${region}; ` +
        `write email, topic or webhook under environments.${name}.contacts.${contact.name}`,
    );
    return;
  }
  const channel = `${account} ${destinationsOf(contact).join()}`;
  const where = `contact ${contact.name} of environment ${name}`;
  const other = chats.get(channel);
  if (other === undefined) {
    chats.set(channel, where);
    return;
  }
  refuse(
    key,
    'channel-twice',
    `is the channel of ${other}, too (got ${where}), and AWS takes a channel once in an account; ` +
      `write another channel, under environments.${name}.contacts.${contact.name} if the contact is the same`,
  );
};
