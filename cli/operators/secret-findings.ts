/** What DescribeSecret shows of a secret's rotation: whether it is on, on time, and not stuck. */
import { adoptedTags, type AutomaticRotation, type CustomRotation, type Secret } from '../../lib/model/index.ts';
import { rotationFunctionName, secretTag } from '../../lib/contract/index.ts';
import { findingOf, type Finding } from './finding.ts';
import type { CheckAnswer, SecretState } from './ports.ts';
import { runbooks } from './remedies.ts';
import { pendingVersion } from './secret-state.ts';
import type { Declared } from './target.ts';
import { moment, shortId, span } from './words.ts';

/** Whether the secret is there to stay. */
export const lifeFindings = (state: SecretState): Finding[] =>
  state.deletedAt
    ? [findingOf(state.name, 'secret', 'secret-deleted', `It was marked for deletion on ${moment(state.deletedAt)}`)]
    : [];

export const rotationFindings = ({ name, functionArn, rotationEnabled }: SecretState): Finding[] => {
  if (functionArn === undefined) {
    const cause = 'No rotation function is attached to it';
    return [findingOf(name, 'rotation', 'rotation-never-on', cause, runbooks.overdue)];
  }
  return rotationEnabled
    ? []
    : [findingOf(name, 'rotation', 'rotation-turned-off', 'Rotation was turned off', runbooks.overdue)];
};

/** Whether it rotated when it should have, by AWS's own plan and by the catalog's promise. */
export const scheduleFindings = (state: SecretState, declared: Secret | undefined, now: Date): Finding[] => {
  const { name, nextRotationAt, rotationEnabled } = state;
  const overdue = (cause: string): Finding[] => [findingOf(name, 'schedule', 'overdue', cause, runbooks.overdue)];
  if (!rotationEnabled) return [];
  const since = state.lastRotatedAt ?? state.createdAt;
  const last = state.lastRotatedAt ? `last on ${moment(state.lastRotatedAt)}` : 'never yet';
  if (nextRotationAt && nextRotationAt < now) {
    return overdue(`It should have rotated by ${moment(nextRotationAt)}, and did ${last}`);
  }
  if (declared === undefined || declared.rotation.kind === 'manual' || since === undefined) return [];
  const lateMs = now.getTime() - since.getTime() - declared.rotation.everyHours * hourMs;
  // AWS counts in whole days: a promise of so many hours is kept within the day.
  return lateMs > dayMs ? overdue(`It is late by ${span(lateMs)}: it rotated ${last}`) : [];
};

/**
 * Whether a rotation does not come to its end.
 *
 * @param startedAt when the pending version was made
 * @param report what the rotation function found, where it could be asked
 */
export const versionFindings = (
  state: SecretState,
  startedAt: Date | undefined,
  report: CheckAnswer | undefined,
  now: Date,
): Finding[] => {
  const pending = pendingVersion(state);
  if (pending === undefined) return [];
  if (report?.credentials.pending === 'not-ours') {
    const cause = `The rotation function did not write the value of pending version ${shortId(pending)}, so nothing in it is used`;
    return [findingOf(state.name, 'versions', 'pending-not-ours', cause, runbooks.stuck)];
  }
  const ageMs = startedAt && now.getTime() - startedAt.getTime();
  if (ageMs !== undefined && ageMs < stuckAfterMs) return [];
  const age = ageMs === undefined ? 'an unknown time' : span(ageMs);
  const version = `Version ${shortId(pending)} has been pending for ${age}`;
  return report?.credentials.pending === 'no-value'
    ? [
        findingOf(
          state.name,
          'versions',
          'stuck-without-value',
          `${version}, and has no value of its own`,
          runbooks.stuck,
        ),
      ]
    : [findingOf(state.name, 'versions', 'stuck', `${version}: its rotation does not end`, runbooks.stuck)];
};

/** Whether what is deployed is what the catalog declares. */
export const catalogFindings = (state: SecretState, { secret, application, environment }: Declared): Finding[] => {
  const { database, rotation } = secret;
  if (rotation.kind === 'custom') return customFindings(state, rotation);
  if (rotation.kind !== 'automatic' || database === undefined) return [];
  const findings: Finding[] = [];
  const adopted = adoptedTags(environment.name, application, secret);
  const expected = adopted ?? {
    [secretTag.engine]: database.engine,
    [secretTag.username]: database.username,
    [secretTag.strategy]: rotation.strategy,
    ...(rotation.network !== undefined && { [secretTag.network]: rotation.network }),
  };
  for (const [tag, value] of Object.entries(expected)) {
    const found = state.tags[tag];
    if (found === value) continue;
    const cause = `The catalog says ${value}, and the tag ${tag} ${found === undefined ? 'is missing' : `says ${found}`}`;
    findings.push(findingOf(state.name, 'catalog', adopted ? 'adopted-tags-differ' : 'tags-differ', cause));
  }
  const functionName = rotationFunctionName(environment.name, database.engine, rotation.network);
  if (state.functionArn !== undefined && !state.functionArn.endsWith(`:function:${functionName}`)) {
    const cause = `Its rotation function is ${state.functionArn}, and should be ${functionName}`;
    findings.push(findingOf(state.name, 'catalog', 'function-other', cause));
  }
  return [...findings, ...scheduleDiffers(state, rotation)];
};

const customFindings = (state: SecretState, rotation: CustomRotation): Finding[] => {
  const { name, functionArn } = state;
  const other =
    functionArn === undefined || functionArn === rotation.functionArn
      ? []
      : [
          findingOf(
            name,
            'catalog',
            'function-other',
            `Its rotation function is ${functionArn}, and should be ${rotation.functionArn}`,
          ),
        ];
  return [...other, ...scheduleDiffers(state, rotation)];
};

const scheduleDiffers = (
  { name, schedule }: SecretState,
  { schedule: { expression } }: AutomaticRotation | CustomRotation,
): Finding[] =>
  schedule === undefined || schedule === expression
    ? []
    : [findingOf(name, 'catalog', 'schedule-differs', `The catalog says ${expression}, and it rotates by ${schedule}`)];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Four steps of a function that ends after two minutes each, and the first of the tries that Secrets Manager repeats. */
export const stuckAfterMs = 15 * 60_000;
