/** Settings that every destination has, and events for one, for tests that need no normaliser. */
import type { OutgoingEvent } from '../../../lambdas/audit/destinations/destination.ts';

export const commonSettings = { name: 'siem', view: 'ocsf', raw: false } as const;

/** An event whose document has the id where OCSF has it. */
export const sentEvent = (id: string, overrides: Partial<OutgoingEvent> = {}): OutgoingEvent => {
  const document = overrides.document ?? { message: `event ${id}`, metadata: { uid: id } };
  return {
    id,
    time: Date.parse('2026-03-04T05:06:07.089Z'),
    severity: 1,
    document,
    json: JSON.stringify(document),
    ...overrides,
  };
};
