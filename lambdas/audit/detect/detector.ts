/** Runs every rule over an event and makes detections of what they say: named, owned, grouped, suppressed. */
import { createHash } from 'node:crypto';
import {
  auditSeverities,
  detectionNames,
  detections,
  type AuditSeverity,
  type DetectionName,
  type Suppression,
} from '../../../lib/contract/index.ts';
import type { ApiActivity } from '../normalise/ocsf.ts';
import type { Declared } from './declared.ts';
import { factsOf } from './event-facts.ts';
import type { Verdict } from './rule.ts';
import { rules } from './rules/index.ts';
import type { DetectionState } from './state/detection-state.ts';
import { suppressionOf } from './suppression.ts';

export interface Detection {
  /** The same for each signal of a rule about the same group within an hour: an alert is sent once for it. */
  readonly uid: string;
  readonly rule: DetectionName;
  readonly title: string;
  readonly severity: AuditSeverity;
  readonly message: string;
  /** Milliseconds since the epoch: when the event behind it happened. */
  readonly at: number;
  readonly environment: string;
  readonly principal: string;
  readonly from: { readonly ip?: string; readonly vpcEndpoint?: string; readonly region: string };
  readonly secrets: readonly { readonly name: string; readonly application?: string; readonly owner?: string }[];
  /** Ids of the events behind it. */
  readonly events: readonly string[];
  /** Absent: it must be alerted. */
  readonly suppressed?: Suppression;
}

export interface DetectorOptions {
  readonly declared: Declared;
  readonly state: DetectionState;
  readonly suppressions: readonly Suppression[];
}

const groupedMs = 60 * 60_000;

/** A rule that throws fails the event: it is tried again, and no detection is lost in silence. */
export const detect = async (event: ApiActivity, options: DetectorOptions): Promise<readonly Detection[]> => {
  const facts = factsOf(event);
  const found: Detection[] = [];
  for (const rule of detectionNames) {
    const verdicts = await rules[rule](facts, options);
    for (const verdict of listOf(verdicts)) {
      const { title, severity } = detections[rule];
      const suppressed = suppressionOf(
        { rule, group: facts.principal.arn, secrets: verdict.secrets, at: facts.at },
        options,
      );
      found.push({
        uid: uidOf(rule, options.declared.environment, verdict.group, facts.at),
        rule,
        title,
        severity: higher(severity, verdict.severity),
        message: verdict.message,
        at: facts.at,
        environment: options.declared.environment,
        principal: facts.principal.arn,
        from: {
          region: facts.region,
          ...(facts.ip !== undefined && { ip: facts.ip }),
          ...(facts.vpcEndpoint !== undefined && { vpcEndpoint: facts.vpcEndpoint }),
        },
        secrets: verdict.secrets.map((name) => {
          const secret = options.declared.secret(name);
          return { name, ...(secret && { application: secret.application, owner: secret.owner }) };
        }),
        events: [...new Set([...(verdict.events ?? []), facts.id])],
        ...(suppressed && { suppressed }),
      });
    }
  }
  return found;
};

const listOf = (verdicts: Verdict | readonly Verdict[] | undefined): readonly Verdict[] =>
  verdicts === undefined ? [] : 'message' in verdicts ? [verdicts] : verdicts;

const higher = (usual: AuditSeverity, raised: AuditSeverity | undefined): AuditSeverity =>
  raised !== undefined && auditSeverities.indexOf(raised) > auditSeverities.indexOf(usual) ? raised : usual;

const uidOf = (rule: string, environment: string, group: string, at: number): string =>
  createHash('sha256')
    .update(JSON.stringify([environment, rule, group, Math.floor(at / groupedMs)]))
    .digest('hex')
    .slice(0, 32);
