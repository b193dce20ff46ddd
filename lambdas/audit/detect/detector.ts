/** Runs every rule over an event and makes detections of what they say: named, owned, grouped, suppressed. */
import { createHash } from 'node:crypto';
import {
  auditSeverities,
  detectionNames,
  detections,
  type AuditSeverity,
  type Suppression,
} from '../../../lib/contract/index.ts';
import type { ApiActivity } from '../normalise/ocsf.ts';
import type { Declared } from './facts/declared.ts';
import { factsOf } from './facts/event-facts.ts';
import type { Detection } from './facts/detection.ts';
import type { Verdict } from './rules/rule.ts';
import { rules } from './rules/index.ts';
import type { DetectionState } from './state/detection-state.ts';
import { suppressionOf } from './suppression.ts';

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
