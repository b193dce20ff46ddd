import type { SyslogSettings } from '../../lib/contract/index.ts';

export const syslogSettings: SyslogSettings = {
  type: 'syslog',
  name: 'siem',
  view: 'ocsf',
  raw: false,
  host: '127.0.0.1',
  port: 6514,
  facility: 13,
  clientCertificate: false,
};
