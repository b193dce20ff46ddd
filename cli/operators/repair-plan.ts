/** Decides how a secret is brought back to one working, current credential. */
import { type CredentialState, engineFacts, engineNamed, secretTag } from '../../lib/contract/index.ts';
import type { Examination } from './examine.ts';
import type { Finding } from './finding.ts';
import type { CheckAnswer, SecretState } from './ports.ts';
import { pendingVersion } from './secret-state.ts';
import { shortId } from './words.ts';

export type RepairPlan =
  | { readonly kind: 'healthy' }
  | RepairAction
  /** Nothing that a command can do: what a person must do first, in order. */
  | { readonly kind: 'by-hand'; readonly why: string; readonly doThis: readonly string[] }
  /** What was asked for would leave no credential that logs in. */
  | { readonly kind: 'refused'; readonly why: string };

export interface RepairAction {
  readonly kind: 'rollForward' | 'rollBack' | 'rotate';
  readonly why: string;
  readonly steps: readonly PlannedStep[];
  /** The pending version that it is about; for `rotate` there is none yet. */
  readonly versionId?: string;
}

export interface PlannedStep {
  readonly what: string;
  /** Which stored credential logs in once the step is done, and while it is. */
  readonly works: string;
}

/** @param back the operator wants the pending version given up */
export const planRepair = (examination: Examination, { back }: { readonly back: boolean }): RepairPlan => {
  const { state, report, findings } = examination;
  if (state === undefined) return byHand('The secret can’t be looked at.', findings);
  const pending = pendingVersion(state);
  if (pending === undefined && findings.length === 0) return { kind: 'healthy' };
  if (report === undefined) {
    return byHand(examination.note ?? 'The rotation function can’t look at the credentials.', findings);
  }
  const { current } = report.credentials;
  if (current === 'not-ours') return byHand('AWSCURRENT names a user who is not the secret’s.', findings);
  // Before its first rotation a generated secret names no user, who could log in.
  const unused = current === 'unknown' && adminCan(report);
  if (current === 'unknown' && !unused) return byHand('It is not known which credentials log in.', findings);
  if (pending !== undefined) return planPending(state, report, pending, back, findings);
  if (current === 'refused' || current === 'no-value') return planCurrent(state, report, findings);
  return byHand('The credential that applications read logs in; what is wrong is not in a credential.', findings);
};

const planPending = (
  state: SecretState,
  report: CheckAnswer,
  versionId: string,
  back: boolean,
  findings: readonly Finding[],
): RepairPlan => {
  const { current, previous, pending = 'unknown' } = report.credentials;
  const version = `Version ${shortId(versionId)}`;
  if (back) return planBack(report, versionId);
  if (pending === 'not-ours') return planNotOurs(state, report, versionId);
  if (current === 'unknown') {
    const why = `The first rotation, of version ${shortId(versionId)}, has not ended: until then no one can log in.`;
    return rollForward(versionId, why, 'none until the admin has set the user up', 'reset');
  }
  if (pending === 'unknown') {
    if (current !== 'logs-in' || report.checks.some(({ outcome }) => outcome !== 'ok')) {
      return byHand('It is not known whether the pending credential logs in.', findings);
    }
    const why = `${version} can’t be tried though the database answers: its value is for another server or user.`;
    return rollBack(versionId, current, why);
  }
  if (pending === 'logs-in') {
    const why = `${version} is pending and logs in: it only has to become current.`;
    return rollForward(versionId, why, current === 'logs-in' ? 'pending and current' : 'pending', 'already');
  }
  if (current === 'logs-in') {
    return pending === 'no-value'
      ? rollBack(versionId, current, `${version} is pending and has no value of its own: there is nothing to complete.`)
      : rollForward(
          versionId,
          `${version} is pending and refused, and the current credential logs in: the rotation continues.`,
          'current',
          'set',
        );
  }
  if (adminCan(report)) {
    const why = 'Neither the current nor the pending credential logs in, and the admin does.';
    return rollForward(versionId, why, 'none until the admin has set the pending password', 'reset');
  }
  if (previous === 'logs-in' && changesItself(state)) {
    const why = 'Of the stored credentials only the previous one logs in: with it the pending password is set.';
    return rollForward(versionId, why, 'previous', 'set');
  }
  return nothingWorks(state, report);
};

/** Nothing in a value that the function did not write is used: that version can only be given up. */
const planNotOurs = (state: SecretState, report: CheckAnswer, versionId: string): RepairPlan => {
  const { current } = report.credentials;
  const why = `The rotation function did not write the value of version ${shortId(versionId)}: it is discarded. Find out in CloudTrail who put it (PutSecretValue).`;
  const canGoBack = current === 'logs-in' || current === 'unknown' || adminCan(report);
  return canGoBack ? rollBack(versionId, current, why) : nothingWorks(state, report);
};

/** The operator wants to discard the pending version: only if a credential that worked before works afterwards. */
const planBack = (report: CheckAnswer, versionId: string): RepairPlan => {
  const { current, pending } = report.credentials;
  const why = `Requested: version ${shortId(versionId)} is discarded.`;
  if (current === 'logs-in' || current === 'unknown') return rollBack(versionId, current, why);
  // An empty version was never set, so nothing is put back for it.
  if (adminCan(report) && pending !== 'no-value') return rollBack(versionId, current, why);
  return {
    kind: 'refused',
    why:
      pending === 'logs-in'
        ? 'the pending credential is the only one that logs in: leave --back out, and repair completes the rotation'
        : 'the current credential does not log in, and no admin can set it: leave --back out, and repair shows what to do',
  };
};

/** Nothing is pending, and what applications read is refused. */
const planCurrent = (state: SecretState, report: CheckAnswer, findings: readonly Finding[]): RepairPlan => {
  const admin = adminCan(report);
  const byPrevious = report.credentials.previous === 'logs-in' && changesItself(state);
  if (!admin && !byPrevious) return nothingWorks(state, report);
  if (!state.rotationEnabled) return byHand('A rotation would fix it, but rotation is off.', findings);
  const who = admin ? 'the admin' : 'the user, logged in with the previous one,';
  return {
    kind: 'rotate',
    why: 'The database refuses the credential that applications read, and nothing is pending: a new one is made.',
    steps: [
      { what: 'store a new password as AWSPENDING', works: admin ? 'none' : 'previous' },
      { what: `${who} sets it in the database`, works: 'pending, once it is set' },
      { what: 'log in with it', works: 'pending' },
      { what: 'make it current', works: 'current' },
    ],
  };
};

const rollForward = (
  versionId: string,
  why: string,
  before: string,
  how: 'already' | 'set' | 'reset',
): RepairAction => ({
  kind: 'rollForward',
  versionId,
  why,
  steps: [
    ...(how === 'already'
      ? []
      : [
          {
            what: `${how === 'reset' ? 'the admin sets' : 'set'} the pending password in the database`,
            works: how === 'reset' ? before : `${before}, then pending`,
          },
        ]),
    { what: 'log in with the pending credential', works: how === 'already' ? before : 'pending' },
    { what: `move AWSCURRENT to ${shortId(versionId)}`, works: 'current' },
  ],
});

const rollBack = (versionId: string, current: CredentialState, why: string): RepairAction => ({
  kind: 'rollBack',
  versionId,
  why,
  steps: [
    ...(current === 'logs-in' ? [{ what: 'log in with the current credential', works: 'current' }] : []),
    ...(current === 'refused'
      ? [{ what: 'the admin puts the current password back, and it is seen to log in', works: 'none, then current' }]
      : []),
    {
      what: `take AWSPENDING from ${shortId(versionId)}`,
      works: current === 'unknown' ? 'none: there is no user yet' : 'current',
    },
  ],
});

const byHand = (why: string, findings: readonly Finding[]): RepairPlan => ({
  kind: 'by-hand',
  why,
  doThis: [...findings.map(({ cause, remedy }) => `${cause} ${remedy}`), 'Then run this command again.'],
});

/** The exact steps if no stored credential logs in, and no admin can set one. */
const nothingWorks = ({ name }: SecretState, { credentials }: CheckAnswer): RepairPlan => {
  const { pending: state } = credentials;
  // Never a password that somebody else chose.
  const pending = state !== undefined && state !== 'no-value' && state !== 'not-ours';
  const label = pending ? 'AWSPENDING' : 'AWSCURRENT';
  return {
    kind: 'by-hand',
    why: 'No stored credential logs in, and there is no admin who could set one.',
    doThis: [
      `As break-glass, read the password to set: aws secretsmanager get-secret-value --secret-id ${name} --version-stage ${label}`,
      'As the administrator of the database, set the password of that user to it.',
      `Then run strongroom repair ${name}, which finds it and brings the secret to its end.`,
      'Declare an admin for this secret in the catalog: then a rotation fixes this.',
    ],
  };
};

/** Whether there is an admin, and the rotation function can log in as it and do what it must. */
const adminCan = ({ checks }: CheckAnswer): boolean =>
  checks.some(({ check }) => check === 'admin') && checks.every(({ outcome }) => outcome === 'ok');

/** Whether a user may change its own password, and so a stored one that logs in is enough. */
const changesItself = ({ tags }: SecretState): boolean => {
  const engine = engineNamed(tags[secretTag.engine] ?? '');
  return engine === undefined || engineFacts[engine].usersChangedBy === 'user';
};
