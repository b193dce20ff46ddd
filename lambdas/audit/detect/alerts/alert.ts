/** What a person is paged with: which secret, who, from where, who answers for it, what to do, and the events behind it. */
import type { Detection } from '../facts/detection.ts';

export interface Alert extends Detection {
  /** Address or path of the page that says what to do. */
  readonly runbook: string;
}

/** One line, for a subject. */
export const subjectOf = ({ severity, title, environment }: Alert): string =>
  `[${severity.toUpperCase()}] ${title} (${environment})`;

/** The whole alert as plain text. */
export const textOf = (alert: Alert): string =>
  [
    `${alert.message}.`,
    '',
    ...rowsOf(alert).map(([name, value]) => `${`${name}:`.padEnd(12)} ${value}`),
    '',
    `What to do: ${alert.runbook}`,
  ].join('\n');

export const rowsOf = (alert: Alert): readonly (readonly [name: string, value: string])[] => [
  ['Severity', alert.severity],
  ['Secret', listOf(alert.secrets.map(({ name }) => name))],
  ['Who', alert.principal],
  ['From', fromOf(alert)],
  ['When', new Date(alert.at).toISOString()],
  ['Owner', listOf([...new Set(alert.secrets.flatMap(({ owner }) => owner ?? []))])],
  ['Detection', `${alert.rule} ${alert.uid}`],
  ['Events', listOf(alert.events)],
];

const fromOf = ({ from: { ip, vpcEndpoint, region } }: Alert): string =>
  [ip ?? 'an AWS service', vpcEndpoint && `through ${vpcEndpoint}`, `in ${region}`].filter(Boolean).join(' ');

const shownEntries = 10;

const listOf = (entries: readonly string[]): string => {
  if (entries.length === 0) return '-';
  const more = entries.length > shownEntries ? ` and ${entries.length - shownEntries} more` : '';
  return `${entries.slice(0, shownEntries).join(', ')}${more}`;
};
