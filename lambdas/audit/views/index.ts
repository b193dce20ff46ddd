/** The shapes in which an event can leave, by the name that the catalog has for them. */
import type { AuditView } from '../../../lib/contract/index.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';
import { toCim } from './cim.ts';
import { toEcs } from './ecs.ts';
import { toOcsf } from './ocsf.ts';

export { toCim } from './cim.ts';
export { toEcs } from './ecs.ts';
export { toOcsf } from './ocsf.ts';

export const views: Readonly<Record<AuditView, (event: OcsfEvent) => Record<string, unknown>>> = {
  ocsf: toOcsf,
  ecs: toEcs,
  cim: toCim,
};
