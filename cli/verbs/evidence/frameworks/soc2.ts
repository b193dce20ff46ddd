/** Common criteria of SOC 2 that secrets, their keys and their audit have a part in. */
import type { Framework } from './framework.ts';

export const soc2: Framework = {
  title: 'SOC 2 (Trust Services Criteria)',
  version: '2017 criteria with points of focus of 2022',
  source: 'https://www.aicpa-cima.com/topic/audit-assurance/audit-and-assurance-greater-than-soc-2',
  controls: [
    {
      number: 'CC6.1',
      asks: 'Logical access to information assets is restricted by software, infrastructure and architecture',
      claims: ['secrets-declared', 'policies-closed', 'secrets-encrypted', 'keys-customer-managed', 'keys-rotate'],
      yours: 'assets other than secrets',
    },
    {
      number: 'CC6.2',
      asks: 'Users are registered and authorised before they get credentials, and lose them when they leave',
      claims: ['readers-declared', 'owners-declared'],
      part: true,
      yours: 'joiners and leavers in your identity provider',
    },
    {
      number: 'CC6.3',
      asks: 'Access is granted, changed and removed by role, with least privilege and separated duties',
      claims: ['readers-declared', 'policies-closed', 'break-glass-declared'],
      yours: 'approval of changes to the catalog',
    },
    {
      number: 'CC6.4',
      asks: 'Physical access to facilities and assets is restricted',
      claims: [],
      yours: 'AWS’s own SOC 2 report covers its data centres (AWS Artifact); your offices are yours',
    },
    {
      number: 'CC6.5',
      asks: 'Protections of physical assets end only when their data cannot be read any more',
      claims: [],
      yours: 'AWS disposes of its media; your devices are yours',
    },
    {
      number: 'CC6.6',
      asks: 'Access from outside of the system’s boundary is restricted',
      claims: ['fences-declared', 'policies-closed'],
      yours: 'networks and endpoints',
    },
    {
      number: 'CC6.7',
      asks: 'Information is protected while it is transmitted, moved or removed',
      claims: ['database-tls', 'values-outside'],
      yours: 'connections that use no secret of the catalog',
    },
    {
      number: 'CC6.8',
      asks: 'Unauthorised or malicious software is prevented or detected',
      claims: [],
      yours: 'your workloads and their images',
    },
    {
      number: 'CC7.1',
      asks: 'Changes of configuration and new vulnerabilities are detected',
      claims: ['policies-closed', 'secrets-encrypted'],
      part: true,
      yours: 'vulnerability management; strongroom preflight and cdk diff on a schedule',
    },
    {
      number: 'CC7.2',
      asks: 'Components are monitored for anomalies that may be security events',
      claims: ['trail-records', 'audit-runs', 'detections-run', 'alarms-notify'],
      yours: 'rules of the SIEM',
    },
    {
      number: 'CC7.3',
      asks: 'Security events are evaluated',
      claims: ['alarms-quiet', 'siem-declared'],
      part: true,
      yours: 'the evaluation, and a record of it',
    },
    {
      number: 'CC7.4',
      asks: 'Incidents are responded to by a defined programme',
      claims: ['owners-declared', 'alarms-notify'],
      part: true,
      yours: 'the programme; docs/runbooks has the steps for secrets',
    },
    {
      number: 'CC7.5',
      asks: 'Recovery from incidents is prepared and carried out',
      claims: ['break-glass-declared'],
      part: true,
      yours: 'recovery plans and their tests',
    },
    {
      number: 'CC8.1',
      asks: 'Changes are authorised, tested, approved and documented',
      claims: ['secrets-declared', 'exceptions-valid'],
      part: true,
      yours: 'pull request review of the catalog; strongroom access --diff shows what a change widens',
    },
    {
      number: 'C1.1',
      asks: 'Confidential information is identified and protected',
      claims: ['secrets-declared', 'secrets-encrypted'],
      yours: 'confidential information other than secrets',
    },
  ],
};
