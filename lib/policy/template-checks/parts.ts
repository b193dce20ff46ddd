/** The templates in parts that two threads take in turn, and their reports as one. */
import type { MessagePort } from 'node:worker_threads';
import type { PolicyValidationPluginReport, PolicyValidationStack, PolicyViolation } from 'aws-cdk-lib';

export interface ThreadInput {
  readonly parts: readonly Part[];
  /** The next part to take, and 1 once the thread has sent what it found. */
  readonly shared: Int32Array;
  readonly port: MessagePort;
}

export type Part = readonly PolicyValidationStack[];

export interface CheckedPart {
  readonly index: number;
  readonly violations: readonly PolicyViolation[];
}

/** Small enough that neither thread waits long for the other at the end. */
const templatesAPart = 8;

export const partsOf = (templates: readonly PolicyValidationStack[]): Part[] =>
  Array.from({ length: Math.ceil(templates.length / templatesAPart) }, (_, index) =>
    templates.slice(index * templatesAPart, (index + 1) * templatesAPart),
  );

/** Takes one part after the other until none is left. */
export const checkParts = (
  parts: readonly Part[],
  shared: Int32Array,
  check: (templates: PolicyValidationStack[]) => PolicyValidationPluginReport,
): CheckedPart[] => {
  const checked: CheckedPart[] = [];
  for (;;) {
    const index = Atomics.add(shared, 0, 1);
    const part = parts[index];
    if (part === undefined) return checked;
    checked.push({ index, violations: check([...part]).violations });
  }
};

/** One report, as if one thread had looked at all templates in their order. */
export const mergeParts = (parts: readonly CheckedPart[]): PolicyValidationPluginReport => {
  const merged = new Map<string, PolicyViolation>();
  for (const { violations } of [...parts].sort((a, b) => a.index - b.index)) {
    for (const violation of violations) {
      const key = JSON.stringify([violation.ruleName, violation.severity, violation.description]);
      const known = merged.get(key);
      if (known) known.violatingResources.push(...violation.violatingResources);
      else merged.set(key, { ...violation, violatingResources: [...violation.violatingResources] });
    }
  }
  const violations = [...merged.values()];
  return { success: violations.every(({ severity }) => severity !== 'error' && severity !== 'fatal'), violations };
};
