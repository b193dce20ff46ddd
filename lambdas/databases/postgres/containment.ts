/**
 * Distinguishes a user that someone disabled from one that a rotation blocked when its turn was over: both are NOLOGIN, and the
 * second has a mark in its comment.
 */
import { escapeIdentifier, escapeLiteral } from 'pg';
import { EngineError } from '../errors.ts';
import type { Role } from './session/roles.ts';

const mark = '[Strongroom: blocked until its next turn]';

export const isBlockedByRotation = ({ login, comment }: Role): boolean => !login && (comment ?? '').endsWith(mark);

/** The statements that block a user. One that can't log in already is left as it is: someone else disabled it. */
export const blocking = (role: Role): readonly string[] => {
  if (!role.login) return [];
  const comment = [...(role.comment === null ? [] : [role.comment]), mark].join(' ');
  return [`ALTER ROLE ${escapeIdentifier(role.name)} NOLOGIN`, commenting(role.name, comment)];
};

/** The statements that make a user who can't log in before {@link unblocking}. */
export const creatingBlocked = (name: string): readonly string[] => [
  `CREATE ROLE ${escapeIdentifier(name)} NOLOGIN`,
  commenting(name, mark),
];

/** The statements that take a block back, where it is ours. */
export const unblocking = (role: Role): readonly string[] => {
  if (!isBlockedByRotation(role)) return [];
  const before = (role.comment ?? '').slice(0, -mark.length).trimEnd();
  return [`ALTER ROLE ${escapeIdentifier(role.name)} LOGIN`, commenting(role.name, before)];
};

const commenting = (name: string, comment: string): string =>
  `COMMENT ON ROLE ${escapeIdentifier(name)} IS ${comment === '' ? 'NULL' : escapeLiteral(comment)}`;

/**
 * What keeps this user out whatever its password, and was done by someone on purpose or is a date that has passed.
 * `undefined` if nothing does.
 */
export const restraintOf = (role: Role): { readonly detail: string; readonly undo: string } | undefined => {
  const name = escapeIdentifier(role.name);
  if (!role.login && !isBlockedByRotation(role)) {
    return { detail: 'it is NOLOGIN', undo: `ALTER ROLE ${name} LOGIN` };
  }
  if (role.expired) {
    return { detail: `its VALID UNTIL ${role.validUntil} has passed`, undo: `ALTER ROLE ${name} VALID UNTIL '<date>'` };
  }
  if (role.connectionLimit === 0) {
    return { detail: 'its CONNECTION LIMIT is 0', undo: `ALTER ROLE ${name} CONNECTION LIMIT -1` };
  }
  return undefined;
};

/** @throws EngineError `user-disabled`. */
export const refuseDisabled = (role: Role): void => {
  const restraint = restraintOf(role);
  if (!restraint) return;
  throw new EngineError(
    'user-disabled',
    `User "${role.name}" can't log in: ${restraint.detail}. Rotation does not undo that, and has changed nothing. Find out who did it and why; if the user must work again, run ${restraint.undo} and rotate`,
    { retryable: false },
  );
};
