/** One thing that is wrong with a secret's rotation: cause and remedy in a sentence each. */
import { remedyOf, runbooks, type Runbook } from './remedies.ts';

export const examinedThings = [
  'secret',
  'rotation',
  'schedule',
  'versions',
  'function',
  'key',
  'catalog',
  'value',
  'endpoint',
  'admin',
  'network',
  'tls',
  'login',
  'privileges',
] as const;
export type ExaminedThing = (typeof examinedThings)[number];

export interface Finding {
  readonly check: ExaminedThing;
  readonly code: string;
  readonly cause: string;
  readonly remedy: string;
  /** Path of the page, in the repository. */
  readonly runbook: Runbook;
}

export const findingOf = (
  secret: string,
  check: ExaminedThing,
  code: string,
  cause: string,
  runbook: Runbook = runbooks.failed,
): Finding => ({ check, code, cause: sentence(cause), remedy: remedyOf(code, secret), runbook });

const sentence = (text: string): string => {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
};
