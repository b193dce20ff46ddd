/** The port of a detection: one event at a time, with what was declared and what is remembered. */
import type { AuditSeverity, DetectionName } from '../../../../lib/contract/index.ts';
import type { Declared } from '../facts/declared.ts';
import type { EventFacts } from '../facts/event-facts.ts';
import type { DetectionState } from '../state/detection-state.ts';

export interface RuleContext {
  readonly declared: Declared;
  readonly state: DetectionState;
}

export interface Signal {
  readonly rule: DetectionName;
  /** One sentence: who did what to which secret, and why that is unusual. */
  readonly message: string;
  /** What repeated signals are grouped by: the role, never an access key, a session or a user agent. */
  readonly group: string;
  /** Names of the secrets that are concerned. */
  readonly secrets: readonly string[];
  /** Ids of the events behind it, this one last. */
  readonly events: readonly string[];
  /** @default the severity of the rule */
  readonly severity?: AuditSeverity;
}

/** What a rule says of an event; the detector adds the name of the rule. */
export type Verdict = Omit<Signal, 'rule' | 'events'> & { readonly events?: readonly string[] };

/** Nothing for an event that is as expected. */
export type Verdicts = Verdict | readonly Verdict[] | undefined;

export type Rule = (event: EventFacts, context: RuleContext) => Promise<Verdicts> | Verdicts;
