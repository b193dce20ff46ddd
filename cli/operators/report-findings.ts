/** What the rotation function found when it looked. */
import type { CheckReport } from '../../lib/contract/index.ts';
import { findingOf, type Finding } from './finding.ts';
import type { Answer } from './ports.ts';

export const reportFindings = (secret: string, answer: Answer<CheckReport>): Finding[] => {
  if ('failed' in answer) {
    const { code, message } = answer.failed;
    return [findingOf(secret, 'function', code, `The rotation function could not look: ${message}`)];
  }
  const { checks, credentials } = answer.report;
  const findings = checks
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ check, code = 'function-failed', message = `its check of ${check} failed` }) =>
      findingOf(secret, check, code, message),
    );
  if (credentials.current !== 'refused' || findings.some(({ check }) => check === 'login')) return findings;
  const cause = 'The database refuses the credential that applications read (AWSCURRENT)';
  return [...findings, findingOf(secret, 'login', 'current-refused', cause)];
};
