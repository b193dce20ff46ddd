/**
 * What operators and the hourly schedule ask of a rotation function, in addition to the four steps of Secrets Manager.
 * Nothing in an answer is a secret value.
 */
import type { Notice } from './notices.ts';

export const rotationActions = ['check', 'rollForward', 'rollBack', 'sweep'] as const;
export type RotationAction = (typeof rotationActions)[number];

export type RotationRequest =
  /** Looks, and changes nothing: what a rotation needs, and which stored credentials log in. */
  | { readonly Action: 'check'; readonly SecretId: string }
  /** Brings the pending version to its end: set, test, finish. */
  | { readonly Action: 'rollForward'; readonly SecretId: string; readonly ClientRequestToken: string }
  /** Gives the pending version up, once a current credential is seen to log in. */
  | { readonly Action: 'rollBack'; readonly SecretId: string; readonly ClientRequestToken: string }
  /** Discards what has outlived its grace time, and measures which secrets are stuck or overdue. */
  | { readonly Action: 'sweep' };

export const checkNames = ['secret', 'value', 'endpoint', 'admin', 'network', 'tls', 'login', 'privileges'] as const;
export type CheckName = (typeof checkNames)[number];

export interface CheckResult {
  readonly check: CheckName;
  /** `unknown`: not reached, because an earlier check failed. */
  readonly outcome: 'ok' | 'failed' | 'unknown';
  /** Of a failed check: a code of docs/rotation.md. */
  readonly code?: string;
  readonly message?: string;
}

/**
 * Whether a stored credential logs in. `no-value`: the version has none of its own; Secrets Manager copies AWSCURRENT while it
 * tests a schedule. `not-ours`: the rotation function did not write the pending value, or the version names a user who is not
 * the secret's; it is not tried.
 */
export const credentialStates = ['logs-in', 'refused', 'no-value', 'not-ours', 'unknown'] as const;
export type CredentialState = (typeof credentialStates)[number];

export interface CheckReport {
  readonly secret: string;
  /** In the order of {@link checkNames}; `admin` is left out where the secret has none, so that `ok` says there is one. */
  readonly checks: readonly CheckResult[];
  /** What a rotation would also change or meet; absent from functions of older deployments. */
  readonly notices?: readonly Notice[];
  readonly credentials: {
    readonly current: CredentialState;
    readonly previous?: CredentialState;
    /** Present where a version other than the current one is pending. */
    readonly pending?: CredentialState;
    readonly pendingVersion?: string;
  };
}

export interface RollReport {
  readonly secret: string;
  readonly outcome: 'promoted' | 'already-current' | 'given-up';
}

export interface SweepReport {
  readonly secrets: number;
  readonly discarded: number;
  readonly failed: number;
  readonly stuck: number;
  readonly overdue: number;
  /** Secrets with a second password or user that no rotation ends. Counted once a day. */
  readonly secondPasswords: number;
}

/**
 * A version id with this start was asked for by an operator who rotates within the grace time: `RotateSecret` takes no
 * other word, and CloudTrail keeps this one. Followed by a UUID.
 */
export const forcedTokenPrefix = 'forced-';
