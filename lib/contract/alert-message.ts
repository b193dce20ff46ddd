/**
 * An alert as it is published to the topic of a contact: one message in three forms. SNS gives each subscription that of its
 * protocol (https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html): text
 * for people, a custom notification for chats, JSON for machines.
 */
import type { AuditSeverity } from './audit-destinations.ts';
import type { DetectionName } from './detections.ts';

/** The form for machines. */
export interface AlertMessage {
  readonly version: '1';
  /** `test`: nothing happened. */
  readonly kind: 'detection' | 'test';
  /** The same for every signal of one matter: alerts with it are the same one. */
  readonly uid: string;
  readonly rule: DetectionName | 'test';
  readonly severity: AuditSeverity;
  readonly title: string;
  readonly message: string;
  /** When it happened: ISO 8601, UTC. */
  readonly at: string;
  readonly environment: string;
  readonly principal: string;
  /** In words: address, VPC endpoint and region. */
  readonly from: string;
  /** Names of the secrets. */
  readonly secrets: readonly string[];
  /** Teams that answer for them. */
  readonly owners: readonly string[];
  /** Ids of the events behind it. */
  readonly events: readonly string[];
  /** Address or path of the page that says what to do. */
  readonly runbook: string;
}

/** Message attributes, for the filter policies of subscriptions. */
export const alertAttributes = ['kind', 'rule', 'severity', 'uid', 'environment'] as const;

/** What `Publish` of SNS takes. */
export interface AlertPublication {
  /** ASCII without control characters, below 100 characters. */
  readonly subject: string;
  /** JSON by protocol of the subscription, for `MessageStructure: json`. */
  readonly message: string;
  readonly attributes: Readonly<Record<(typeof alertAttributes)[number], string>>;
}

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html: SNS takes 256 KiB, and every list here is cut. */
export const publicationOf = (alert: AlertMessage): AlertPublication => {
  const bounded = bound(alert);
  return {
    subject: alertSubject(bounded)
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, 99),
    message: JSON.stringify({
      default: alertText(bounded),
      https: JSON.stringify(notificationOf(bounded)),
      sqs: JSON.stringify(bounded),
    }),
    attributes: {
      kind: bounded.kind,
      rule: bounded.rule,
      severity: bounded.severity,
      uid: bounded.uid,
      environment: bounded.environment,
    },
  };
};

/** One line. */
export const alertSubject = ({ kind, severity, title, environment }: AlertMessage): string =>
  `[${kind === 'test' ? 'TEST' : severity.toUpperCase()}] ${title} (${environment})`;

/** The form for people. */
export const alertText = (alert: AlertMessage): string =>
  [
    `${alert.message}.`,
    '',
    ...rowsOf(alert).map(([name, value]) => `${`${name}:`.padEnd(12)} ${value}`),
    '',
    `What to do: ${alert.runbook}`,
  ].join('\n');

const rowsOf = (alert: AlertMessage): readonly (readonly [name: string, value: string])[] => [
  ['Severity', alert.severity],
  ['Secret', inShort(alert.secrets)],
  ['Who', alert.principal],
  ['From', alert.from],
  ['When', alert.at],
  ['Owner', inShort(alert.owners)],
  ['Detection', `${alert.rule} ${alert.uid}`],
  ['Events', inShort(alert.events)],
];

/** https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html */
const notificationOf = (alert: AlertMessage) => ({
  version: '1.0',
  source: 'custom',
  id: alert.uid,
  content: {
    textType: 'client-markdown',
    title: plain(alertSubject(alert)).slice(0, 250),
    description: [plain(alert.message), '', ...rowsOf(alert).map(([name, value]) => `*${name}:* ${plain(value)}`)]
      .join('\n')
      .slice(0, 8_000),
    nextSteps: [`Follow the runbook: ${alert.runbook}`],
    keywords: [alert.rule, alert.environment, alert.severity],
  },
  metadata: {
    threadId: alert.uid,
    summary: plain(alert.title),
    eventType: alert.rule,
    relatedResources: alert.secrets.slice(0, shownEntries).map(plain),
  },
});

/** Names of sessions and secrets come from outside: none is a link, a mention or mark-up. */
const plain = (text: string): string => text.replace(/[*_~`<>|@]/g, (character) => `\u200B${character}`);

const shownEntries = 10;

const inShort = (entries: readonly string[]): string => {
  if (entries.length === 0) return '-';
  const more = entries.length > shownEntries ? ` and ${entries.length - shownEntries} more` : '';
  return `${entries.slice(0, shownEntries).join(', ')}${more}`;
};

const longest = { text: 1_000, entry: 512, list: 20 } as const;

/** Three forms of it, each escaped in JSON again, stay below what SNS takes. */
const bound = (alert: AlertMessage): AlertMessage => ({
  ...alert,
  title: cut(alert.title, longest.text),
  message: cut(alert.message, longest.text),
  principal: cut(alert.principal, longest.text),
  from: cut(alert.from, longest.text),
  secrets: boundList(alert.secrets),
  owners: boundList(alert.owners),
  events: boundList(alert.events),
});

const boundList = (entries: readonly string[]): readonly string[] =>
  entries.slice(0, longest.list).map((entry) => cut(entry, longest.entry));

/** Without control characters: a line break would begin a line that looks like one of ours. */
const cut = (text: string, length: number): string => {
  const clean = text.replace(/\p{Cc}+/gu, ' ');
  return clean.length <= length ? clean : `${clean.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}…`;
};
