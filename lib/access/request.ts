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
  /** Id of the organisation of the principal's account. Absent: no organisation. */
  readonly organizationId?: string;
  /** `vpc-…` from which the call comes, through {@link Circumstances.endpoint}. Absent: over the internet. */
  readonly vpc?: string;
  readonly endpoint?: string;
  /** Where a person has used a second factor: AWS, or an identity provider that asserts it. Absent: no second factor. */
  readonly secondFactor?: 'to AWS' | 'to the identity provider';
  /** The requested version, or the version whose label is moved. Absent: the current one. */
  readonly version?: 'by id' | VersionStage;
  /** Whether the request has the version id in addition to the label. Absent: no. */
  readonly withId?: true;
  /** How a secret is deleted. Absent: by default, after 30 days. */
  readonly deletion?: 'at once' | { readonly afterDays: number };
  /** Which tags are set or removed. Absent: a tag that is not a mark of the rotation function. */
  readonly tagKeys?: 'a mark' | 'a mark and another';
  /** Whether an adopted secret has the tags of its declaration. Absent: no. Other secrets always have them. */
  readonly tags?: 'set by hand';
  /** For actions of KMS. Absent: the principal calls KMS directly, without an encryption context. */
  readonly key?: KeyCircumstances;
}

export type VersionStage = 'AWSCURRENT' | 'AWSPREVIOUS' | 'AWSPENDING' | 'another label';

export interface KeyCircumstances {
  /** The service that calls KMS for the principal. Absent: none. */
  readonly via?: 'secretsmanager' | 's3';
  /** Region of that service. Absent: the region of the key. */
  readonly viaRegion?: string;
  /** The secret in the encryption context; `validation` is the context with which Secrets Manager tests a key. Absent: no context. */
  readonly context?: DeclaredSecret | 'validation';
}

export type Decision = 'allowed' | 'denied';
