/** Articles of the GDPR that secrets, their keys and their audit have a part in. */
import type { Framework } from './framework.ts';

export const gdpr: Framework = {
  title: 'GDPR',
  version: 'Regulation (EU) 2016/679',
  source: 'https://eur-lex.europa.eu/eli/reg/2016/679/oj',
  controls: [
    {
      number: 'Art. 5(1)(f)',
      asks: 'Personal data is protected against unauthorised processing, loss and damage',
      claims: ['secrets-encrypted', 'policies-closed'],
      part: true,
      yours: 'the personal data: Strongroom protects the credentials that lead to it',
    },
    {
      number: 'Art. 5(2)',
      asks: 'The controller can demonstrate that the principles are kept',
      claims: ['trail-records', 'trail-kept', 'owners-declared'],
      part: true,
      yours: 'everything about the personal data itself',
    },
    {
      number: 'Art. 25(1)',
      asks: 'Measures are built into the processing by design',
      claims: ['secrets-declared', 'readers-declared', 'values-outside'],
      part: true,
      yours: 'the design of your processing',
    },
    {
      number: 'Art. 25(2)',
      asks: 'By default, only what is necessary is accessible, and not to everyone',
      claims: ['policies-closed', 'readers-declared'],
      yours: 'access to the personal data',
    },
    {
      number: 'Art. 28',
      asks: 'Processors give sufficient guarantees, by contract',
      claims: [],
      yours: 'contracts with AWS and with the operator of the SIEM',
    },
    {
      number: 'Art. 30',
      asks: 'Records of processing activities are kept, with a description of security measures',
      claims: ['secrets-declared', 'owners-declared'],
      part: true,
      yours: 'the records; this report can be the description for credentials',
    },
    {
      number: 'Art. 32(1)(a)',
      asks: 'Personal data is pseudonymised and encrypted where appropriate',
      claims: ['secrets-encrypted', 'keys-customer-managed', 'keys-rotate', 'database-tls'],
      part: true,
      yours: 'encryption of the personal data',
    },
    {
      number: 'Art. 32(1)(b)',
      asks: 'Confidentiality, integrity, availability and resilience are ensured on an ongoing basis',
      claims: ['policies-closed', 'rotated-in-time', 'alarms-notify', 'detections-run'],
      yours: 'availability of your systems',
    },
    {
      number: 'Art. 32(1)(c)',
      asks: 'Access to personal data is restored in a timely manner after an incident',
      claims: ['break-glass-declared'],
      part: true,
      yours: 'backups and their tests',
    },
    {
      number: 'Art. 32(1)(d)',
      asks: 'The measures are regularly tested and evaluated',
      claims: ['rotated-in-time', 'alarms-quiet', 'exceptions-valid'],
      part: true,
      yours: 'the evaluation; strongroom preflight, posture and evidence on a schedule',
    },
    {
      number: 'Art. 32(4)',
      asks: 'People with access process data on instruction only',
      claims: ['readers-declared'],
      part: true,
      yours: 'the instructions; strongroom access lists the people',
    },
    {
      number: 'Art. 33(1)',
      asks: 'A breach is notified to the authority within 72 hours',
      claims: ['detections-run', 'alarms-notify', 'siem-declared'],
      part: true,
      yours: 'the assessment of a breach, and the notification',
    },
    {
      number: 'Art. 33(5)',
      asks: 'Breaches are documented with their facts and effects',
      claims: ['trail-records', 'trail-validated', 'trail-kept'],
      part: true,
      yours: 'the documentation',
    },
    {
      number: 'Art. 35',
      asks: 'The impact of high-risk processing is assessed beforehand',
      claims: [],
      yours: 'the assessment',
    },
  ],
};
