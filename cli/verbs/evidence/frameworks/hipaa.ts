/** Safeguards of the HIPAA Security Rule that secrets, their keys and their audit have a part in. */
import type { Framework } from './framework.ts';

export const hipaa: Framework = {
  title: 'HIPAA Security Rule',
  version: '45 CFR part 164, subpart C (as of 2013)',
  source: 'https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C',
  controls: [
    {
      number: '164.308(a)(1)(ii)(D)',
      asks: 'Records of system activity are reviewed regularly',
      claims: ['trail-records', 'detections-run'],
      part: true,
      yours: 'the review by people',
    },
    {
      number: '164.308(a)(4)',
      asks: 'Access to health information is authorised by policy',
      claims: ['readers-declared', 'owners-declared'],
      part: true,
      yours: 'access to the health information itself',
    },
    {
      number: '164.308(a)(5)(ii)(D)',
      asks: 'Passwords are created, changed and safeguarded by procedure',
      claims: ['rotation-declared', 'rotated-in-time', 'values-outside'],
      yours: 'passwords of people',
    },
    {
      number: '164.308(a)(6)(ii)',
      asks: 'Security incidents are responded to, and documented',
      claims: ['alarms-notify', 'siem-declared'],
      part: true,
      yours: 'the response, and its documentation',
    },
    {
      number: '164.310',
      asks: 'Physical safeguards',
      claims: [],
      yours: 'AWS is responsible for its data centres; facilities and workstations are yours',
    },
    {
      number: '164.312(a)(1)',
      asks: 'Only people and programs with granted rights have access',
      claims: ['policies-closed', 'readers-declared'],
      yours: 'access to the health information itself',
    },
    {
      number: '164.312(a)(2)(i)',
      asks: 'Each user has a unique name or number',
      claims: ['readers-declared', 'trail-records'],
      yours: 'identities of people; shared database users',
    },
    {
      number: '164.312(a)(2)(ii)',
      asks: 'Health information can be reached in an emergency, by procedure',
      claims: ['break-glass-declared'],
      part: true,
      yours: 'the procedure, and its exercise',
    },
    {
      number: '164.312(a)(2)(iii)',
      asks: 'Sessions end after inactivity',
      claims: [],
      yours: 'sessions of people in your applications and your identity provider',
    },
    {
      number: '164.312(a)(2)(iv)',
      asks: 'Health information can be encrypted and decrypted',
      claims: ['secrets-encrypted', 'keys-customer-managed', 'keys-rotate'],
      yours: 'encryption of the health information itself',
    },
    {
      number: '164.312(b)',
      asks: 'Activity in systems is recorded and examined',
      claims: ['trail-records', 'audit-runs', 'detections-run'],
      yours: 'activity in databases and applications',
    },
    {
      number: '164.312(c)(1)',
      asks: 'Health information is protected from improper change and destruction',
      claims: ['policies-closed'],
      part: true,
      yours: 'the health information itself',
    },
    {
      number: '164.312(d)',
      asks: 'Who seeks access is authenticated',
      claims: ['rotation-declared', 'rotated-in-time', 'fences-declared'],
      yours: 'authentication of people',
    },
    {
      number: '164.312(e)(1)',
      asks: 'Transmission over networks is guarded against unauthorised access',
      claims: ['database-tls'],
      yours: 'connections that use no secret of the catalog',
    },
    {
      number: '164.312(e)(2)(ii)',
      asks: 'Transmitted health information is encrypted where appropriate',
      claims: ['database-tls'],
      yours: 'connections that use no secret of the catalog',
    },
    {
      number: '164.316(b)(2)(i)',
      asks: 'Documentation is kept for six years',
      claims: [],
      yours: 'keeping this report and your records for six years; trailRetention decides for the trail’s files',
    },
  ],
};
