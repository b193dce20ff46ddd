/** The kinds of contact that organisation.yaml takes, and what it refuses. */
import { describe, expect, it } from 'vitest';

import { defaultPagerDutySeverities } from '../../../lib/contract/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import {
  catalogFolder,
  ordersDb,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
const inDev = payments.replace('contact: oncall', 'contact: oncall\nenvironments: [dev]');
const email = '{ email: oncall@acme.example }';

/** The catalog of environment dev alone, with this contact. */
const organisationWith = (contact: string): string =>
  organisationYaml.replace(/ {2}prod:\n( {4}.*\n)+/, '').replace(email, contact);

const filesWith = (contact: string): Record<string, string> => ({
  'organisation.yaml': organisationWith(contact),
  'payments.yaml': inDev,
});

const problemWith = (contact: string): string[] =>
  problemsOf(filesWith(contact)).map((line) => line.replace(/^organisation\.yaml:[0-9]+:[0-9]+ /, ''));

const contactsOf = (files: Record<string, string>): unknown[] => {
  const { environments } = loadCatalog(catalogFolder(files), { today });
  return environments.map(({ contact }) => contact);
};

const id = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const topic = 'arn:aws:sns:eu-west-1:111122223333:noc';

describe('a contact', () => {
  it.each<[string, object]>([
    [email, { email: 'oncall@acme.example' }],
    ['{ email: [a@acme.example, b@acme.example] }', { email: ['a@acme.example', 'b@acme.example'] }],
    [`{ topic: '${topic}' }`, { topic }],
    [
      `{ topic: 'arn:aws:sns:eu-west-1:777788889999:noc', account: '777788889999' }`,
      { topic: 'arn:aws:sns:eu-west-1:777788889999:noc', account: '777788889999' },
    ],
    ["{ webhook: 'https://alerts.acme.example' }", { webhook: 'https://alerts.acme.example' }],
    [
      "{ webhook: 'https://alerts.acme.example:8443/v2/strongroom-prod-eu-west-1' }",
      { webhook: 'https://alerts.acme.example:8443/v2/strongroom-prod-eu-west-1' },
    ],
    [
      '{ slack: { workspace: T0123456789, channel: C0123456789 } }',
      { slack: { workspace: 'T0123456789', channel: 'C0123456789' } },
    ],
    [
      `{ teams: { tenant: ${id}, team: ${id}, channel: '19%3Aalarms%40thread.tacv2' } }`,
      { teams: { tenant: id, team: id, channel: '19%3Aalarms%40thread.tacv2' } },
    ],
  ])('can be %s', (contact, expected) => {
    expect(problemWith(contact)).toEqual([]);
    expect(contactsOf(filesWith(contact))).toEqual([{ name: 'oncall', ...expected }]);
  });

  it.each([
    [
      `{ email: a@acme.example, topic: '${topic}' }`,
      'contacts.oncall must have exactly one of email, topic, webhook, slack, teams and pagerduty: it has email and topic (got a mapping); write one of them, and a contact of its own for each other',
    ],
    [
      '{}',
      'contacts.oncall must have exactly one of email, topic, webhook, slack, teams and pagerduty (got a mapping); write one of them, and a contact of its own for each other',
    ],
    ['{ emial: a@acme.example }', 'contacts.oncall.emial is not a known key; did you mean email?'],
    [
      '{ email: [a@acme.example, oncall] }',
      'contacts.oncall.email[1] must be an e-mail address (got oncall); write an address such as oncall@example.com',
    ],
    [
      '{ email: [] }',
      'contacts.oncall.email must have at least one entry (got a list); write an address such as oncall@example.com',
    ],
    [
      '{ email: [a@acme.example, a@acme.example] }',
      'contacts.oncall.email[1] must not be named twice (got a@acme.example); write it once',
    ],
    [
      "{ email: a@acme.example, account: '111122223333' }",
      'contacts.oncall.account is not for a contact without topic (got 111122223333); write it next to topic only',
    ],
    [
      `{ topic: '${topic}', account: '777788889999' }`,
      'contacts.oncall.account must be the account in the ARN of the topic (got 777788889999); write the account of the topic, after you checked that it is the one you mean',
    ],
    [
      '{ topic: noc }',
      'contacts.oncall.topic must be the ARN of a standard topic of SNS (got noc); write arn:aws:sns:REGION:ACCOUNT:NAME',
    ],
    [
      `{ topic: '${topic}.fifo' }`,
      `contacts.oncall.topic must be the ARN of a standard topic of SNS (got ${topic}.fifo); write arn:aws:sns:REGION:ACCOUNT:NAME`,
    ],
    [
      "{ topic: 'arn:aws:sns:us-east-1:111122223333:noc' }",
      'contacts.oncall.topic must be in eu-west-1, as environment dev: alarms reach topics of their own region only (got arn:aws:sns:us-east-1:111122223333:noc); write a topic of eu-west-1 under environments.dev.contacts.oncall',
    ],
    [
      "{ topic: 'arn:aws-cn:sns:eu-west-1:111122223333:noc' }",
      'contacts.oncall.topic must be in eu-west-1, as environment dev: alarms reach topics of their own region only (got arn:aws-cn:sns:eu-west-1:111122223333:noc); write a topic of eu-west-1 under environments.dev.contacts.oncall',
    ],
    [
      "{ topic: 'arn:aws:sns:eu-west-1:777788889999:noc' }",
      "contacts.oncall.topic is in account 777788889999, and environment dev in 111122223333; write a topic of 111122223333 under environments.dev.contacts.oncall, or account: '777788889999' next to the topic if alarms may leave the account",
    ],
    [
      "{ slack: { workspace: acme, channel: '#alarms' } }",
      'contacts.oncall.slack.workspace must be the id of a Slack workspace, not its name (got acme); write an id such as T0123456789, as the console of Amazon Q Developer in chat applications shows it',
    ],
    [
      '{ slack: { workspace: T0123456789, channel: C0123456789, token: x } }',
      'contacts.oncall.slack.token must not be here: a catalog holds no secret values.',
    ],
    [
      '{ slack: { workspace: T0123456789 } }',
      'contacts.oncall.slack.channel is missing; write an id such as C0123456789',
    ],
    [
      `{ teams: { tenant: ${id}, team: ${id}, channel: '19:alarms@thread.tacv2' } }`,
      'contacts.oncall.teams.channel must be the id of a Teams channel as its link has it, with %3A and %40 (got 19:alarms@thread.tacv2)',
    ],
  ])('is refused as %s', (contact, problem) => {
    expect(problemWith(contact).map((line) => line.slice(0, problem.length))).toContain(problem);
  });
});

describe('a contact of PagerDuty', () => {
  const both = (contact: string, other = '{ email: noc@acme.example }'): Record<string, string> => ({
    'organisation.yaml': organisationWith(contact).replace('contacts:\n', `contacts:\n  noc: ${other}\n`),
    'payments.yaml': inDev,
  });
  const problemsWith = (...given: Parameters<typeof both>): string[] =>
    problemsOf(both(...given)).map((line) => line.replace(/^organisation\.yaml:[0-9]+:[0-9]+ /, ''));

  it('has the service region us, the usual severities, and a fallback of another kind', () => {
    const files = both('{ pagerduty: { fallback: noc, severity: { medium: error } } }');
    expect(problemsOf(files)).toEqual([]);
    expect(contactsOf(files)).toEqual([
      {
        name: 'oncall',
        pagerduty: {
          region: 'us',
          fallback: { name: 'noc', email: 'noc@acme.example' },
          severity: { ...defaultPagerDutySeverities, medium: 'error' },
        },
      },
    ]);
  });

  it.each([
    ['{ pagerduty: {} }', 'contacts.oncall.pagerduty.fallback is missing'],
    ['{ pagerduty: { fallback: nobody } }', 'contacts.oncall.pagerduty.fallback must be one of contacts (got nobody)'],
    [
      '{ pagerduty: { fallback: oncall } }',
      'contacts.oncall.pagerduty.fallback is a contact of PagerDuty in dev, too (got oncall), and it is paged if PagerDuty fails; write a contact with email, topic, webhook, slack or teams',
    ],
    ['{ pagerduty: { fallback: noc, region: ap } }', 'contacts.oncall.pagerduty.region must be us or eu (got ap)'],
    [
      '{ pagerduty: { fallback: noc, severity: { mild: info } } }',
      'contacts.oncall.pagerduty.severity.mild is not a known key',
    ],
    [
      '{ pagerduty: { fallback: noc, severity: { high: mild } } }',
      'contacts.oncall.pagerduty.severity.high must be critical, error, warning or info (got mild)',
    ],
    ['{ pagerduty: { fallback: noc, routingKey: c4n4ry } }', 'contacts.oncall.pagerduty.routingKey is not a known key'],
  ])('is refused as %s', (contact, problem) => {
    expect(problemsWith(contact).map((line) => line.slice(0, problem.length))).toContain(problem);
  });

  it('is refused if its fallback is PagerDuty too', () => {
    const other = '{ pagerduty: { fallback: oncall } }';
    expect(problemsWith('{ pagerduty: { fallback: noc } }', other)).toHaveLength(2);
  });
});

describe('an address of a webhook', () => {
  it.each([
    ['http://alerts.acme.example', 'must be an https address'],
    ['ftp://alerts.acme.example', 'must be an https address'],
    ['alerts', 'must be an https address'],
    ['https://app:CANARY@alerts.acme.example', 'must have no user and no password'],
    ['https://CANARY@alerts.acme.example', 'must have no user and no password'],
    ['https://alerts.acme.example/sns?apiKey=CANARY', 'must have no query'],
    ['https://alerts.acme.example/sns?', 'must have no query'],
    ['https://alerts.acme.example/sns#CANARY', 'must be written as it is called'],
    ['https://alerts.acme.example/a/../CANARY', 'must be written as it is called'],
    ['https://Alerts.acme.example/CANARY', 'must be written as it is called'],
    ['https://alerts.acme.example/a%20CANARY', 'must have a path of letters'],
    ['https://localhost/CANARY', 'must name a host that SNS reaches'],
    ['https://10.0.0.1/CANARY', 'must name a host that SNS reaches'],
    ['https://[::1]/CANARY', 'must name a host that SNS reaches'],
    ['https://hooks.slack.com/services/T00000000/B00000000/CANARY', 'must not be the webhook of a chat', 'slack:'],
    ['https://acme.webhook.office.com/webhookb2/CANARY', 'must not be the webhook of a chat', 'teams:'],
    ['https://prod-1.westeurope.logic.azure.com/workflows/CANARY', 'must not be the webhook of a chat', 'teams:'],
    ['https://discord.com/api/webhooks/1/CANARY', 'must not be the webhook of a chat', 'topic:'],
    ['https://events.pagerduty.com/integration/0123456789abcdef0123456789abcdef/enqueue', 'has a part', 'topic:'],
    ['https://api.opsgenie.com/v1/json/cloudwatchevents?apiKey=CANARY', 'must have no query', 'topic:'],
    ['https://alerts.acme.example/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d', 'has a part', 'topic:'],
    ['https://alerts.acme.example/kJ3-x_9QmZ-aT7_Lw2-bVn', 'has a part', 'topic:'],
    ['https://alerts.acme.example/abcdefghijklmnopqrstuvwxyz', 'has a part', 'topic:'],
  ])('%s is refused, and shown without what may be a key', (address, problem, remedy = '') => {
    const problems = problemWith(`{ webhook: '${address}' }`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`contacts.oncall.webhook ${problem}`);
    expect(problems[0]).toContain(`; write ${remedy}`);
    expect(problems[0]).not.toMatch(/CANARY|abcdef|kJ3|1a2b3c4d/i);
  });
});

describe('an environment', () => {
  const overriding = (contacts: string): Record<string, string> => ({
    'organisation.yaml': organisationYaml.replace('  prod:\n', `  prod:\n    contacts: { ${contacts} }\n`),
    'payments.yaml': payments,
  });

  it('has its own destination for a contact', () => {
    const own = 'arn:aws:sns:eu-west-1:444455556666:noc';
    expect(contactsOf(overriding(`oncall: { topic: '${own}' }`))).toEqual([
      { name: 'oncall', email: 'oncall@acme.example' },
      { name: 'oncall', topic: own },
    ]);
  });

  it('is where a wrong topic of its own is reported', () => {
    expect(problemsOf(overriding("oncall: { topic: 'arn:aws:sns:us-east-1:444455556666:noc' }"))[0]).toMatch(
      /^organisation\.yaml:[0-9]+:[0-9]+ environments\.prod\.contacts\.oncall\.topic must be in eu-west-1/,
    );
  });

  it('names no contact that the organisation does not have', () => {
    expect(problemsOf(overriding('onccall: { email: a@acme.example }'))).toEqual([
      'organisation.yaml:9:17 environments.prod.contacts.onccall must be one of contacts (got onccall); did you mean oncall?',
    ]);
  });

  const slack = '{ slack: { workspace: T0123456789, channel: C0123456789 } }';

  it('shares a channel with no other environment of its account', () => {
    const files = {
      'organisation.yaml': organisationYaml.replaceAll('444455556666', '111122223333').replace(email, slack),
      'payments.yaml': payments,
    };
    expect(problemsOf(files)).toEqual([
      expect.stringContaining(
        'contacts.oncall.slack is the channel of contact oncall of environment dev, too (got contact oncall of environment prod)',
      ),
    ]);
    expect(problemsOf({ ...files, 'organisation.yaml': organisationYaml.replace(email, slack) })).toEqual([]);
  });

  it('has no chat outside of the partition aws', () => {
    const { 'organisation.yaml': organisation = '', ...others } = filesWith(slack);
    const china = organisation.replace('eu-west-1', 'cn-north-1').replaceAll('arn:aws:', 'arn:aws-cn:');
    expect(problemsOf({ 'organisation.yaml': china, ...others })).toEqual([
      expect.stringContaining(
        'contacts.oncall.slack is not for environment dev: Amazon Q Developer in chat applications is not in the partition of cn-north-1',
      ),
    ]);
  });
});

it('contacts of many addresses are refused when the foundation stack has no room for them', () => {
  const many = Array.from({ length: 449 }, (_, index) => `a${index}@acme.example`).join(', ');
  expect(problemsOf(filesWith(`{ email: [${many}] }`))).toEqual([
    'payments.yaml:3:10 contact is contact 1 of dev, and its foundation stack has room for 450 resources of contacts, ' +
      'not for 451; write a contact of another application, which notifies the team',
  ]);
});
