/** Claims about the trail, the audit's functions and the alarms. */
import {
  type Claim,
  doesNotApply,
  type Facts,
  type Finding,
  findingOf,
  fromAws,
  type Part,
  type Shown,
} from './claim.ts';
import type { TrailSeen } from '../../../operators/evidence/gather.ts';
import type { FunctionFacts } from '../../../operators/evidence/ports.ts';

/** PCI DSS asks for twelve months; the other frameworks leave it to the organisation. */
const leastDays = 365;

const ownTrail =
  (judge: (trail: TrailSeen, facts: Facts) => readonly Part[]) =>
  (facts: Facts): Finding =>
    facts.live.trail === undefined
      ? doesNotApply(
          `the trail of ${facts.environment.name} is not Strongroom's (trail: existing): show its settings yourself`,
        )
      : findingOf(judge(facts.live.trail, facts), 'setting', 'there is no trail');

const changed = (environment: string): string =>
  `find out who changed it (docs/runbooks/audit-trail-changed.md), then deploy strongroom-${environment}-audit again`;

const noBucket = (environment: string): Shown => ({
  shows: 'no such bucket',
  gap: { what: 'AWS has no such bucket', next: changed(environment) },
});

const noTrail = (environment: string): Shown => ({
  shows: 'no such trail',
  gap: { what: 'AWS has no such trail', next: changed(environment) },
});

/** A setting that is as it must be, or a gap. */
const setting = (isRight: boolean, shows: string, what: string, next: string): Shown =>
  isRight ? { shows } : { shows, gap: { what, next } };

export const auditClaims = {
  'trail-records': {
    title: 'A CloudTrail trail of all Regions records every management event, reads and refused calls among them',
    check: ownTrail(({ trail, status, selectors }, { environment: { name } }) => {
      const next = changed(name);
      return [
        fromAws(
          trail,
          (value) =>
            value === undefined
              ? noTrail(name)
              : setting(
                  value.multiRegion,
                  value.multiRegion ? 'all Regions' : 'one Region',
                  'it records one Region only',
                  next,
                ),
          ({ arn }) => arn,
        ),
        fromAws(status, (value) => {
          if (value === undefined) return noTrail(name);
          const delivered = value.lastDelivery ? `, last file ${value.lastDelivery.toISOString()}` : '';
          const error = value.lastDeliveryError;
          if (!value.logging) return { shows: 'stopped', gap: { what: 'the trail is stopped', next } };
          return setting(error === undefined, `on${delivered}`, `its files are not delivered: ${error ?? ''}`, next);
        }),
        fromAws(selectors, (value) => {
          if (value === undefined) return noTrail(name);
          const all = value.allManagementEvents;
          return setting(
            all,
            all ? 'all management events' : 'some events only',
            'its selectors leave events out',
            next,
          );
        }),
      ];
    }),
  },
  'trail-validated': {
    title: 'CloudTrail signs digests of the files of the trail, so that a change or a deletion is found',
    check: ownTrail(({ trail }, { environment: { name } }) => [
      fromAws(
        trail,
        (value) =>
          value === undefined
            ? noTrail(name)
            : setting(
                value.validatesFiles,
                `file validation ${value.validatesFiles ? 'on' : 'off'}`,
                'no digests are written',
                changed(name),
              ),
        ({ arn }) => arn,
      ),
    ]),
  },
  'trail-protected': {
    title: 'The files of the trail are encrypted by a customer managed key, versioned, and not public',
    check: ownTrail(({ trail, versioning, publicAccess, encryption }, { environment: { name } }) => {
      const next = changed(name);
      return [
        fromAws(
          trail,
          (value) =>
            value === undefined
              ? noTrail(name)
              : setting(
                  value.keyArn !== undefined,
                  `key ${value.keyArn ?? 'of S3'}`,
                  'no key of the account encrypts them',
                  next,
                ),
          ({ arn }) => arn,
        ),
        fromAws(versioning, (value) => {
          if (value === undefined) return noBucket(name);
          const on = value.enabled;
          return setting(on, `versioning ${on ? 'on' : 'off'}`, 'an overwritten file is lost', next);
        }),
        fromAws(publicAccess, (value) => {
          if (value === undefined) return noBucket(name);
          const { blocked } = value;
          return setting(
            blocked,
            `public access ${blocked ? 'blocked' : 'not blocked'}`,
            'it can be made public',
            next,
          );
        }),
        fromAws(encryption, (value) => {
          if (value === undefined) return noBucket(name);
          const { algorithm } = value;
          return setting(algorithm === 'aws:kms', `encryption ${algorithm}`, 'KMS does not encrypt new files', next);
        }),
      ];
    }),
  },
  'trail-kept': {
    title: 'The files of the trail are kept for at least a year',
    check: ownTrail(({ lifecycle }, { environment: { name } }) => [
      fromAws(lifecycle, (value) => {
        if (value === undefined) return noBucket(name);
        const days = value.expirationDays;
        const shows = days === undefined ? 'never deleted' : `deleted after ${days} days`;
        return setting(days === undefined || days >= leastDays, shows, `they are ${shows}`, changed(name));
      }),
    ]),
  },
  'logs-kept': {
    title: 'The logs of the functions are kept for at least a year',
    check: (facts) => {
      const { logGroups } = facts.live;
      const next = 'set logRetention in organisation.yaml to 365 days or more, and deploy';
      if ('refused' in logGroups) return findingOf([fromAws(logGroups, () => ({ shows: '' }))], 'log group', '');
      const groups = logGroups.value ?? [];
      return findingOf(
        groups.map(({ name, arn, retentionDays }) =>
          fromAws({ ...logGroups, resource: arn }, () => {
            const shows = retentionDays === undefined ? `${name}: kept for ever` : `${name}: ${retentionDays} days`;
            const isLong = retentionDays === undefined || retentionDays >= leastDays;
            return setting(isLong, shows, `it is kept for ${retentionDays ?? 0} days only`, next);
          }),
        ),
        'log group',
        'AWS has no log groups of the environment',
      );
    },
  },
  'audit-runs': {
    title: 'The function that sends audit events on is deployed and active',
    check: (facts) => findingOf([functionPart(facts, facts.live.functions.audit)], 'function', ''),
  },
  'detections-run': {
    title: 'The function that compares reads with the declared readers is deployed and active',
    check: (facts) => findingOf([functionPart(facts, facts.live.functions.detect)], 'function', ''),
  },
  'alarms-notify': {
    title: 'Alarms watch rotations and the audit, and each notifies a contact',
    check: (facts) =>
      ofAlarms(facts, ({ name, actions }) =>
        setting(
          actions > 0,
          actions > 0 ? `${actions} action${actions === 1 ? '' : 's'}` : 'no action',
          'it notifies no one',
          `find out who changed it, then deploy ${facts.environment.name} again (alarm ${name})`,
        ),
      ),
  },
  'alarms-quiet': {
    title: 'No alarm of rotations or of the audit is raised now',
    check: (facts) =>
      ofAlarms(facts, ({ state }) =>
        setting(
          state !== 'ALARM',
          `state ${state}`,
          'it is in ALARM',
          'follow the runbook in its description (docs/runbooks)',
        ),
      ),
  },
} as const satisfies Readonly<Record<string, Claim>>;

const functionPart = ({ environment: { name } }: Facts, seen: Facts['live']['functions']['audit']): Part =>
  fromAws(
    seen,
    (value: FunctionFacts | undefined) => {
      const next = `deploy strongroom-${name}-audit`;
      if (value === undefined) return { shows: 'not deployed', gap: { what: 'AWS has no such function', next } };
      // A function that was not called for weeks is Inactive, and runs with the next call.
      const runs = ['Active', 'Inactive', 'unknown'].includes(value.state);
      return setting(runs, `${value.state}, ${value.runtime ?? 'no runtime'}`, `it is ${value.state}`, next);
    },
    ({ arn }) => arn,
  );

const ofAlarms = (
  { live: { alarms }, environment: { name } }: Facts,
  judge: (alarm: { readonly name: string; readonly state: string; readonly actions: number }) => Shown,
): Finding => {
  if ('refused' in alarms) return findingOf([fromAws(alarms, () => ({ shows: '' }))], 'alarm', '');
  const found = alarms.value ?? [];
  if (found.length === 0) {
    const gap = { what: 'AWS has no alarms of the environment', next: `deploy the stacks of ${name}` };
    return findingOf([fromAws(alarms, () => ({ shows: 'none', gap }))], 'alarm', '');
  }
  return findingOf(
    found.map((one) => fromAws({ ...alarms, resource: one.arn }, () => judge(one))),
    'alarm',
    '',
  );
};
