/** The schema of a contact: where alarms go. */
import { z } from 'zod';

import { expecting, inWords, oneOf, text } from '../words/expectation.ts';
import { pagerDutyRegions, pagerDutySeverities, pagerDutyUrgencies } from '../../contract/index.ts';
import { account, list, name } from '../words/scalars.ts';
import { webhook } from './webhook.ts';

const address = expecting(z.email(), { must: 'be an e-mail address', write: 'an address such as oncall@example.com' });

/** CloudWatch alarms publish to standard topics only. */
const topicArn = text(/^arn:aws(-[a-z]+)*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$/, {
  must: 'be the ARN of a standard topic of SNS',
  write: 'arn:aws:sns:REGION:ACCOUNT:NAME',
});

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html */
const slack = z.strictObject({
  workspace: text(/^[TE][A-Z0-9]{2,20}$/, {
    must: 'be the id of a Slack workspace, not its name',
    write: 'an id such as T0123456789, as the console of Amazon Q Developer in chat applications shows it',
  }).describe('Id of the Slack workspace.'),
  channel: text(/^[CG][A-Z0-9]{2,20}$/, {
    must: 'be the id of a Slack channel, not its name',
    write: 'an id such as C0123456789, the end of the channel’s link',
  }).describe('Id of the Slack channel.'),
});

const uuid = (what: string): z.ZodString =>
  text(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, {
    must: `be the id of a ${what}, in lower case`,
    write: 'an id such as 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
  });

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-microsoftteamschannelconfiguration.html */
const teams = z.strictObject({
  tenant: uuid('tenant of Microsoft').describe('Id of the tenant.'),
  team: uuid('team of Microsoft Teams').describe('Id of the team.'),
  channel: text(/^[A-Za-z0-9_=+/.,-]+%3[aA][A-Za-z0-9_=+/.,-]+%40[A-Za-z0-9_=+/.,-]+$/, {
    must: 'be the id of a Teams channel as its link has it, with %3A and %40',
    write: 'the part of the link to the channel after /channel/, such as 19%3A…%40thread.tacv2',
  }).describe('Id of the Teams channel, as its link has it.'),
});

/** https://developer.pagerduty.com/docs/events-api-v2/overview/; the routing key is in a secret of the platform. */
const pagerduty = z.strictObject({
  region: oneOf(pagerDutyRegions).optional().describe('Service region of the account in PagerDuty. Default: `us`.'),
  fallback: name.describe(
    'Another contact, which is not PagerDuty: it is paged if PagerDuty takes no alerts, or its routing key is changed.',
  ),
  severity: expecting(z.partialRecord(z.enum(pagerDutyUrgencies), oneOf(pagerDutySeverities)), {
    must: 'be a mapping from a severity, or alarm, to one of PagerDuty',
    write: 'severity: { medium: error }',
  })
    .optional()
    .describe(
      'Severities in PagerDuty. Default: `critical` and `fatal` are `critical`, `high` and `alarm` are `error`, `medium` is `warning`, `low` and `informational` are `info`.',
    ),
});

const keys = {
  email: expecting(z.union([address, list(address, 1)]), {
    must: 'be an e-mail address',
    write: 'an address such as oncall@example.com',
  })
    .optional()
    .describe('One e-mail address, or a list of addresses. Each gets an e-mail to confirm.'),
  topic: topicArn.optional().describe('ARN of a topic that exists. Its policy must let alarms of the account publish.'),
  account: account.optional().describe('Account of `topic`, if it is another than that of the environment. In quotes.'),
  webhook: webhook.optional().describe('Address that SNS posts to. It is in the template, so it must hold no secret.'),
  slack: slack.optional().describe('A Slack channel, through Amazon Q Developer in chat applications.'),
  teams: teams.optional().describe('A channel of Microsoft Teams, through Amazon Q Developer in chat applications.'),
  pagerduty: pagerduty.optional().describe('A service of PagerDuty, by its Events API v2.'),
};

const kinds = ['email', 'topic', 'webhook', 'slack', 'teams', 'pagerduty'] as const;

export const contactSchema = expecting(
  z.strictObject(keys).superRefine((given, context) => {
    const named = kinds.filter((kind) => given[kind] !== undefined);
    if (named.length !== 1) {
      const got = named.length === 0 ? '' : `: it has ${inWords(named, 'and')}`;
      context.addIssue({
        code: 'custom',
        message: `must have exactly one of ${inWords(kinds, 'and')}${got}`,
        params: { write: 'one of them, and a contact of its own for each other' },
      });
    } else if (given.account !== undefined && given.topic === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['account'],
        message: 'is not for a contact without topic',
        params: { write: 'it next to topic only' },
      });
    } else if (given.account !== undefined && given.topic?.split(':')[4] !== given.account) {
      context.addIssue({
        code: 'custom',
        path: ['account'],
        message: 'must be the account in the ARN of the topic',
        params: { write: 'the account of the topic, after you checked that it is the one you mean' },
      });
    }
  }),
  { must: `be a mapping of one of ${inWords(kinds, 'and')}`, write: '{ email: oncall@example.com }' },
).meta({ oneOf: kinds.map((kind) => ({ required: [kind] })) });

export type ContactSource = z.infer<typeof contactSchema>;
