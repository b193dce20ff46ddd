/** What a rule found, with everything that people and destinations need of it. */
import type { AuditSeverity, DetectionName, Suppression } from '../../../../lib/contract/index.ts';

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
