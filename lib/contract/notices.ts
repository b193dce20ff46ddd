/** What a check says of a rotation beyond ok and failed: what will change, and what an operator should know before. */

/** docs/rotation.md has the meaning and the next step of each. */
export const noticeCodes = [
  // The reconciliation will take a right away.
  'right-revoked',
  // A policy, view, function or job that names one of two users, or depends on the current user.
  'bound-to-user',
  // A user, or the owner role, that is above row-level security.
  'bypasses-row-security',
  // An object that the rotation passes over, because no admin of this server may change it.
  'object-skipped',
  // More than the usual number of objects: the rotation takes longer.
  'many-objects',
  // The server demands more of passwords than the generated ones had.
  'password-policy',
  // The login has a restriction that does not stop it today.
  'login-restricted',
  // More passwords of the user are valid than the rotations of its secret left.
  'second-password',
  // The second user of two is left after its secret changed the strategy.
  'user-remains',
  // Accounts of the same name that the rotation does not change, or that the user could not see.
  'accounts-apart',
  // A rotation of this secret is refused for now: the grace time is not over, or another rotation is on its way.
  'rotation-waits',
] as const;
export type NoticeCode = (typeof noticeCodes)[number];

/** What a rotation will change or meet without failing. What would fail it is a failed check. */
export interface Notice {
  readonly code: NoticeCode;
  /** One plain sentence: what, where, next step. Never a secret value. */
  readonly message: string;
}
