/** OCSF Compliance Finding (2003): https://schema.ocsf.io/1.8.0/classes/compliance_finding?profiles=cloud */
import { cleanEvent } from './clean-event.ts';
import { findingFields, findingInfo, type FindingInput, type OcsfFinding } from './finding.ts';

export interface ComplianceFinding extends OcsfFinding {
  readonly class_uid: 2003;
  readonly class_name: 'Compliance Finding';
  readonly compliance: {
    readonly status_id: number;
    readonly status: ComplianceStatus;
    /** The control that is checked: `8.6.3`. */
    readonly control: string;
    /** `PCI DSS 4.0.1`. */
    readonly standards: readonly string[];
    readonly requirements?: readonly string[];
    readonly desc?: string;
  };
}

const complianceStatus = { Pass: 1, Warning: 2, Fail: 3 } as const;
type ComplianceStatus = keyof typeof complianceStatus;

export interface ComplianceInput extends FindingInput {
  readonly compliance: {
    readonly status: ComplianceStatus;
    readonly control: string;
    readonly standards: readonly string[];
    readonly requirements?: readonly string[];
    readonly description?: string;
  };
}

export const complianceFinding = (input: ComplianceInput): ComplianceFinding => {
  const { status, control, standards, requirements, description } = input.compliance;
  return cleanEvent({
    ...findingFields({ uid: 2003, name: 'Compliance Finding' } as const, input),
    finding_info: findingInfo(input),
    compliance: {
      status_id: complianceStatus[status],
      status,
      control,
      standards,
      requirements,
      desc: description,
    },
  } as ComplianceFinding);
};
