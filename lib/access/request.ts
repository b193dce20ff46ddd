/** A question: may this principal do this with that secret, or with its key, under these circumstances? */
import type { Action } from './actions.ts';
import type { DeclaredSecret } from './declared.ts';
import type { Principal } from './principals.ts';

export interface AccessRequest {
  readonly principal: Principal;
  readonly secret: DeclaredSecret;
  /** Of KMS: on the key of the secret. */
  readonly action: Action;
  readonly circumstances: Circumstances;
}

export interface Circumstances {
  /** Id of the organisation of the principal's account. Absent: it is in none. */
  readonly organizationId?: string;
  /** `vpc-…` from which the call comes, through {@link Circumstances.endpoint}. Absent: over the internet. */
  readonly vpc?: string;
  readonly endpoint?: string;
  /** How a person has shown a second factor: to AWS, or to an identity provider that says so. Absent: not at all. */
  readonly secondFactor?: 'to AWS' | 'to the identity provider';
  /** The version that is asked for, or whose label is moved. Absent: the current one. */
  readonly version?: 'by id' | VersionStage;
  /** Whether the id of the version is asked for beside its label. Absent: no. */
  readonly withId?: true;
  /** How a secret is to be deleted. Absent: as Secrets Manager does it, after 30 days. */
  readonly deletion?: 'at once' | { readonly afterDays: number };
  /** Which tags are to be set or taken away. Absent: another than the rotation function's marks of what it wrote. */
  readonly tagKeys?: 'a mark' | 'a mark and another';
  /** Whether somebody has set the tags of its declaration on an adopted secret. Absent: no. Others have them always. */
  readonly tags?: 'set by hand';
  /** For actions of KMS. Absent: the principal calls KMS itself, and without an encryption context. */
  readonly key?: KeyCircumstances;
}

export type VersionStage = 'AWSCURRENT' | 'AWSPREVIOUS' | 'AWSPENDING' | 'another label';

export interface KeyCircumstances {
  /** The service that calls KMS for the principal. Absent: none. */
  readonly via?: 'secretsmanager' | 's3';
  /** Region of that service. Absent: the region of the key. */
  readonly viaRegion?: string;
  /** The secret in the encryption context; `validation` is the word by which Secrets Manager tries a key. Absent: no context. */
  readonly context?: DeclaredSecret | 'validation';
}

export type Decision = 'allowed' | 'denied';
