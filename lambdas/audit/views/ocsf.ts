/** An event as it is: the normaliser makes OCSF. */
import type { OcsfEvent } from '../normalise/ocsf.ts';

export const toOcsf = (event: OcsfEvent): Record<string, unknown> => ({ ...event });
