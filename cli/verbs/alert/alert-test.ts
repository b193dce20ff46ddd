/** `strongroom alert test`: a harmless alert through the topic of each contact. */
import { randomUUID } from 'node:crypto';
import { alertTopicName, publicationOf, type AlertPublication } from '../../../lib/contract/index.ts';
import { type Contact, contactsOf, type EnvironmentCatalog, partitionOf } from '../../../lib/model/index.ts';
import type { AlertAws, ConnectAlerts } from '../../operators/alert/ports.ts';
import { checkAccount } from '../../operators/target.ts';
import { CommandError, count, exitCode, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { stylesOf } from '../../terminal/styles.ts';
import { auditEnvironment } from '../audit/audit-environment.ts';
import { type Receiver, receiversOf, whatToLookAt } from './receivers.ts';

export interface AlertTestOptions {
  readonly catalog: string;
  readonly environment: string;
  readonly contact?: string;
}

interface Outcome {
  readonly contact: string;
  readonly topic: string;
  /** Of SNS. Absent: the topic did not take the message. */
  readonly messageId?: string;
  readonly receivers: readonly Receiver[];
  readonly errors: readonly string[];
  /** What a person must look at: that AWS accepted a message does not show that anyone reads it. */
  readonly lookFor?: string;
}

/** @returns the exit code: 0 if each topic took the alert and has confirmed receivers, 1 if not */
export const alertTest = async (host: Host, connect: ConnectAlerts, options: AlertTestOptions): Promise<number> => {
  const environment = auditEnvironment(options.catalog, options.environment);
  const contacts = contactsNamed(environment, options.contact);
  const aws = await connect(environment.region);
  try {
    await checkAccount(aws, { account: environment.account, environment: environment.name });
    const { arn } = await aws.whoAmI();
    const outcomes: Outcome[] = [];
    for (const contact of contacts) outcomes.push(await send(aws, environment, contact, arn, host.now()));
    print(host, { environment: environment.name, contacts: outcomes }, () => inLines(host, outcomes));
    return outcomes.every(isDone) ? exitCode.ok : exitCode.unexpected;
  } finally {
    aws.close();
  }
};

const contactsNamed = (environment: EnvironmentCatalog, only: string | undefined): readonly Contact[] => {
  const contacts = contactsOf(environment);
  if (only === undefined) return contacts;
  const named = contacts.filter(({ name }) => name === only);
  if (named.length > 0) return named;
  const names = contacts.map(({ name }) => name).join(', ');
  throw new UsageError(`--contact ${only}: no application of ${environment.name} has this contact; it has ${names}`);
};

/** Each contact by itself: a topic that fails keeps no other one from its test. */
const send = async (
  aws: AlertAws,
  environment: EnvironmentCatalog,
  contact: Contact,
  sender: string,
  now: Date,
): Promise<Outcome> => {
  const topic =
    'topic' in contact
      ? contact.topic
      : `arn:${partitionOf(environment.region)}:sns:${environment.region}:${environment.account}:${alertTopicName(environment.name, contact.name)}`;
  const errors: string[] = [];
  const trying = async <Result>(call: () => Promise<Result>): Promise<Result | undefined> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push(error.message);
      return undefined;
    }
  };
  const messageId = await trying(() => aws.publish(topic, testOf(environment, contact.name, sender, now)));
  const subscriptions = await trying(() => aws.subscriptions(topic));
  return {
    contact: contact.name,
    topic,
    ...(messageId !== undefined && { messageId, lookFor: whatToLookAt(contact) }),
    receivers: subscriptions ? receiversOf(contact, subscriptions) : [],
    errors,
  };
};

const testOf = ({ name, runbooks }: EnvironmentCatalog, contact: string, sender: string, now: Date): AlertPublication =>
  publicationOf({
    version: '1',
    kind: 'test',
    uid: `test-${randomUUID()}`,
    rule: 'test',
    severity: 'informational',
    title: 'Test of the alerts',
    message: `This is a test of the contact ${contact}, by ${sender}: nothing happened, and there is nothing to do`,
    at: now.toISOString(),
    environment: name,
    principal: sender,
    from: 'strongroom alert test',
    secrets: [],
    owners: [],
    events: [],
    runbook: `${runbooks}/README.md`,
  });

const isDone = ({ errors, receivers }: Outcome): boolean =>
  errors.length === 0 && receivers.every(({ state }) => state === 'confirmed');

const inLines = (host: Host, outcomes: readonly Outcome[]): string[] => {
  const { bold, green, red, yellow } = stylesOf(host);
  const failed = outcomes.filter((one) => !isDone(one)).length;
  return [
    ...outcomes.flatMap(({ contact, messageId, receivers, errors, lookFor }) => [
      bold(contact),
      ...(messageId === undefined ? [] : [`  ${green('✔')} accepted by the topic, message ${messageId}`]),
      ...errors.map((error) => `  ${red('✖')} ${error}`),
      ...receivers.map(({ name, state, remedy }) =>
        state === 'confirmed'
          ? `  ${green('✔')} ${name}: confirmed`
          : `  ${red('✖')} ${name}: ${state}${remedy === undefined ? '' : `; ${remedy}`}`,
      ),
      ...(lookFor === undefined ? [] : [`  ${yellow('→')} now look for ${lookFor}`]),
      '',
    ]),
    failed === 0
      ? `${count(outcomes.length, 'contact')}: each topic took the test. Whether people see it, only they can say.`
      : `${failed} of ${count(outcomes.length, 'contact')} would not be reached`,
  ];
};
