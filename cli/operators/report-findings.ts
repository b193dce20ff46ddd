/** What the rotation function found when it looked. */
import { findingOf, type Finding } from './finding.ts';
import type { Answer, CheckAnswer } from './ports.ts';

export const reportFindings = (secret: string, answer: Answer<CheckAnswer>): Finding[] => {
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
  // The function did not try it. If the value is incomplete or the user changed, another check reports it.
  if (credentials.current === 'not-ours' && findings.length === 0) {
    const cause = 'AWSCURRENT names a user who is not the one in the tags, so that credential is not used';
    return [findingOf(secret, 'value', 'current-not-ours', cause)];
  }
  if (credentials.current !== 'refused' || findings.some(({ check }) => check === 'login')) return findings;
  const cause = 'The database refuses the credential that applications read (AWSCURRENT)';
  return [...findings, findingOf(secret, 'login', 'current-refused', cause)];
};
