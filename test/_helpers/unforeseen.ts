/**
 * Failures that no preflight can see, with the steps that they come from and the reason.
 * test/unit/rotation/foresight.test.ts shows that each is still needed.
 */
import type { RotationErrorCode } from '../../lambdas/rotation/core/rotation-error.ts';
import type { RotationStep } from '../../lib/contract/index.ts';

export interface Unforeseen {
  readonly code: RotationErrorCode;
  readonly steps: readonly RotationStep[];
  readonly why: string;
}

export const unforeseen: readonly Unforeseen[] = [
  {
    code: 'rotation-off',
    steps: ['createSecret', 'setSecret'],
    why: 'the operators’ commands read it from the secret, and a check serves secrets whose rotation is off too',
  },
  { code: 'token-unknown', steps: ['createSecret'], why: 'it is about the request: Secrets Manager makes the version' },
  {
    code: 'superseded',
    steps: ['setSecret', 'finishSecret'],
    why: 'another value or rotation takes the place of this one while it is on its way',
  },
  {
    code: 'pending-without-value',
    steps: ['setSecret', 'finishSecret'],
    why: 'the steps come out of order, or the value is not visible yet',
  },
  {
    code: 'password-refused',
    steps: ['setSecret'],
    why: 'a policy that came after the password was made, or a history of passwords that nobody can read',
  },
  {
    code: 'replica-behind',
    steps: ['testSecret'],
    why: 'how long a replica takes is seen once there is something new',
  },
  {
    code: 'master-password-pending',
    steps: ['setSecret'],
    why: 'how long RDS takes is seen once it sets a password; a retry goes on from there',
  },
  {
    code: 'pending-refused',
    steps: ['testSecret'],
    why: 'somebody else sets the password between setSecret and testSecret',
  },
  {
    code: 'no-credential-works',
    steps: ['testSecret'],
    why: 'somebody else sets the password between setSecret and testSecret, and there is no admin',
  },
  {
    code: 'database-locked',
    steps: ['testSecret'],
    why: 'rules of the server that the admin may not read, or that came since, keep the user out',
  },
  { code: 'database-auth', steps: ['finishSecret'], why: 'somebody else sets the password after testSecret' },
  {
    code: 'aws-denied',
    steps: ['createSecret', 'finishSecret'],
    why: 'whether the function may write is seen when it writes',
  },
];

export const isUnforeseen = (code: RotationErrorCode, step: RotationStep): boolean =>
  unforeseen.some((one) => one.code === code && one.steps.includes(step));
