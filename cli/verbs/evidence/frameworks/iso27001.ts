/** Controls of Annex A of ISO/IEC 27001 that secrets, their keys and their audit have a part in. */
import type { Framework } from './framework.ts';

export const iso27001: Framework = {
  title: 'ISO/IEC 27001, Annex A',
  version: '2022',
  source: 'https://www.iso.org/standard/27001',
  controls: [
    {
      number: 'A.5.9',
      asks: 'Information and assets are in an inventory, with their owners',
      claims: ['secrets-declared', 'owners-declared'],
      yours: 'assets other than secrets; strongroom posture finds secrets that no catalog declares',
    },
    {
      number: 'A.5.15',
      asks: 'Rules for access follow from business and security requirements',
      claims: ['readers-declared', 'policies-closed'],
      part: true,
      yours: 'the access policy',
    },
    {
      number: 'A.5.16',
      asks: 'The life cycle of identities is managed',
      claims: ['readers-declared', 'owners-declared'],
      part: true,
      yours: 'identities of people',
    },
    {
      number: 'A.5.17',
      asks: 'Authentication information is allocated and handled by a managed process',
      claims: ['values-outside', 'rotation-declared', 'rotated-in-time', 'secrets-encrypted'],
      yours: 'advice to people about their own passwords',
    },
    {
      number: 'A.5.18',
      asks: 'Access rights are granted, reviewed, changed and removed by rule',
      claims: ['readers-declared', 'policies-closed', 'exceptions-valid'],
      part: true,
      yours: 'the review, and a record of it',
    },
    {
      number: 'A.5.28',
      asks: 'Evidence of security events is identified, collected and preserved',
      claims: ['trail-records', 'trail-validated', 'trail-kept'],
      part: true,
      yours: 'procedures for its use',
    },
    {
      number: 'A.5.33',
      asks: 'Records are protected from loss, falsification and unauthorised access',
      claims: ['trail-protected', 'trail-validated', 'trail-kept'],
      yours: 'records other than audit logs',
    },
    {
      number: 'A.7.1–A.7.14',
      asks: 'Physical controls',
      claims: [],
      yours: 'AWS is certified for its data centres; your offices are yours',
    },
    {
      number: 'A.8.2',
      asks: 'Privileged access is restricted and managed',
      claims: ['break-glass-declared', 'detections-run'],
      yours: 'administrators of the account',
    },
    {
      number: 'A.8.3',
      asks: 'Access to information is restricted by the access policy',
      claims: ['policies-closed'],
      yours: 'information other than secrets',
    },
    {
      number: 'A.8.5',
      asks: 'Authentication is secure, by technology and procedure',
      claims: ['rotation-declared', 'database-tls', 'fences-declared'],
      yours: 'second factors of people',
    },
    {
      number: 'A.8.9',
      asks: 'Configurations are established, documented, monitored and reviewed',
      claims: ['secrets-declared', 'policies-closed', 'secrets-encrypted'],
      yours: 'cdk diff on a schedule',
    },
    {
      number: 'A.8.15',
      asks: 'Logs of activities, exceptions and faults are produced, stored, protected and analysed',
      claims: ['trail-records', 'trail-protected', 'audit-runs', 'logs-kept'],
      yours: 'logs of applications and databases',
    },
    {
      number: 'A.8.16',
      asks: 'Systems are monitored for anomalous behaviour',
      claims: ['detections-run', 'alarms-notify', 'alarms-quiet', 'siem-declared'],
      yours: 'evaluation by people',
    },
    {
      number: 'A.8.17',
      asks: 'Clocks are synchronised',
      claims: [],
      yours: 'AWS keeps the time of its services; the clocks of your servers are yours',
    },
    {
      number: 'A.8.20',
      asks: 'Networks are secured and controlled',
      claims: ['fences-declared'],
      yours: 'the networks',
    },
    {
      number: 'A.8.24',
      asks: 'Cryptography and its keys are used by rule',
      claims: ['keys-customer-managed', 'keys-in-hsm', 'keys-rotate', 'secrets-encrypted'],
      yours: 'the rules for cryptography',
    },
    {
      number: 'A.8.32',
      asks: 'Changes are subject to change management',
      claims: ['secrets-declared', 'exceptions-valid'],
      part: true,
      yours: 'review of changes to the catalog',
    },
  ],
};
