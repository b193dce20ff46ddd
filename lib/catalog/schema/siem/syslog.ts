/** Syslog over TLS. */
import { z } from 'zod';

import type { SyslogSettings } from '../../../contract/index.ts';
import { expecting } from '../../words/expectation.ts';
import { port } from '../../words/scalars.ts';
import { hostName } from './address.ts';
import { type Common, commonKeys, typeOf } from './common.ts';

export const syslog = z.strictObject({
  type: typeOf('syslog'),
  host: hostName.describe('Host of the receiver: its certificate must name it.'),
  port: port.optional().describe('TCP port. Default: 6514.'),
  facility: expecting(z.int().min(0).max(23), {
    must: 'be a facility of syslog',
    write: 'a number from 0 to 23, such as 13, log audit',
  })
    .optional()
    .describe('Facility of the messages, 0 to 23. Default: 13, log audit.'),
  clientCertificate: expecting(z.boolean(), { must: 'be true or false', write: 'true, or leave it out' })
    .optional()
    .describe('Whether the receiver wants a client certificate, which the secret then holds. Default: false.'),
  ...commonKeys,
});

export const resolveSyslog = (
  { type, host, port: at = 6514, facility = 13, clientCertificate = false }: z.infer<typeof syslog>,
  common: Common,
): SyslogSettings => ({ ...common, type, host, port: at, facility, clientCertificate });
