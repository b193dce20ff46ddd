/** Checks that each suppression of a detection ends: not in the past, and within a year. */
import type { OrganisationSource } from '../schema/organisation.ts';
import type { Report } from '../source/report.ts';
import type { Remains } from '../source/structure.ts';

/** @param today - `YYYY-MM-DD`, UTC. */
export const checkSuppressions = (
  { environments = {} }: Remains<OrganisationSource>,
  today: string,
  report: Report,
): void => {
  const latest = aYearAfter(today);
  for (const [environment, its] of Object.entries(environments)) {
    for (const [index, one] of (its?.detections?.suppress ?? []).entries()) {
      const until = one?.until;
      if (until === undefined) continue;
      const path = ['environments', environment, 'detections', 'suppress', index, 'until'];
      if (until < today) {
        report(
          path,
          'suppression-ended',
          `must not have passed (got ${until}, today is ${today}); take the suppression out, or have a later date approved`,
        );
      } else if (until > latest) {
        report(path, 'suppression-too-long', `must be within a year (got ${until}); write ${latest} or an earlier day`);
      }
    }
  }
};

const aYearAfter = (today: string): string => {
  const day = new Date(`${today}T00:00:00Z`);
  day.setUTCFullYear(day.getUTCFullYear() + 1);
  return day.toISOString().slice(0, 10);
};
