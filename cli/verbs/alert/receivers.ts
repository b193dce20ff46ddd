/** Who receives what is published to the topic of a contact, and what a person must look at. */
import { type Contact, emailsOf } from '../../../lib/model/index.ts';
import type { Subscription } from '../../operators/alert/ports.ts';

export interface Receiver {
  readonly name: string;
  readonly state: 'confirmed' | 'pending' | 'missing';
  /** What to do about it. Absent: nothing. */
  readonly remedy?: string;
}

export const receiversOf = (contact: Contact, subscriptions: readonly Subscription[]): Receiver[] => {
  const receiver = (name: string, remedies: Remedies, is: (one: Subscription) => boolean): Receiver => {
    const found = subscriptions.filter(is);
    if (found.some(({ confirmed }) => confirmed)) return { name, state: 'confirmed' };
    const state = found.length > 0 ? 'pending' : 'missing';
    return { name, state, remedy: remedies[state] };
  };
  if ('email' in contact) {
    return emailsOf(contact).map((address) =>
      receiver(
        address,
        { ...byDeploy, pending: 'open the e-mail of AWS Notifications and confirm; deploy again if it has expired' },
        ({ protocol, endpoint }) => protocol === 'email' && endpoint === address,
      ),
    );
  }
  if ('webhook' in contact) {
    return [
      receiver(
        contact.webhook,
        { ...byDeploy, pending: 'the receiver must open the SubscribeURL that SNS posted to it' },
        ({ protocol, endpoint }) => protocol === 'https' && endpoint === contact.webhook,
      ),
    ];
  }
  if ('pagerduty' in contact) {
    return [receiver('the queue of PagerDuty', byDeploy, ({ protocol }) => protocol === 'sqs')];
  }
  if ('topic' in contact) {
    const own = { pending: 'confirm a subscription of your topic', missing: 'subscribe someone to your topic' };
    return [receiver('a subscription of your topic', own, () => true)];
  }
  return [
    receiver('Amazon Q Developer in chat applications', byDeploy, ({ protocol, endpoint }) =>
      /^https:\/\/[a-z0-9.-]+\.chatbot\.amazonaws\.com(\/|$)/.test(protocol === 'https' ? endpoint : ''),
    ),
  ];
};

interface Remedies {
  readonly pending: string;
  readonly missing: string;
}

const byDeploy: Remedies = {
  pending: 'the subscription is not confirmed: deploy the stack foundation again',
  missing: 'nothing is subscribed: deploy the stack foundation',
};

/** AWS accepting a message does not show that anyone reads it. */
export const whatToLookAt = (contact: Contact): string => {
  if ('email' in contact) return `an e-mail with [TEST] in its subject at ${emailsOf(contact).join(', ')}`;
  if ('webhook' in contact) return 'a notification with [TEST] at the receiver of the webhook';
  if ('slack' in contact) return `a message with [TEST] in the Slack channel ${contact.slack.channel}`;
  if ('teams' in contact) return 'a message with [TEST] in the channel of Microsoft Teams';
  if ('pagerduty' in contact) return 'an alert with [TEST] and severity info in PagerDuty; resolve it there';
  return 'a message with [TEST] at the receivers of your topic';
};
