/** What each class of secret is by default; `classes` in organisation.yaml changes it, a secret may tighten it. */
import type { Sensitivity } from '../../contract/index.ts';
import type { SecretClass } from '../../model/catalog.ts';
import type { ClassDefaultsSource } from '../schema/organisation.ts';
import type { Remains } from '../source/structure.ts';

export interface ClassDefaults {
  readonly sensitivity: Sensitivity;
  /** Who makes the value where the secret does not say. */
  readonly value: 'generated' | 'supplied';
  /** Whether Secrets Manager can make a value of this kind: it makes random text, no key pairs and no certificates. */
  readonly canBeGenerated: boolean;
  /** Longest time between two rotations, as in the catalog; `undefined`: the class does not ask for rotation. */
  readonly every: string | undefined;
  /** As in the catalog; `any`: at any time. */
  readonly window: string;
  /** How long a replaced credential stays valid where the strategy has a grace time, as in the catalog. */
  readonly grace: string | undefined;
}

/**
 * Credentials rotate by default. Keys do not: replacing one makes what was signed or encrypted with it unreadable
 * until the application knows both, so that is for the organisation or the secret to ask.
 */
export const classDefaults: Readonly<Record<SecretClass, ClassDefaults>> = {
  database: {
    sensitivity: 'standard',
    value: 'generated',
    canBeGenerated: true,
    every: '30d',
    window: 'any',
    grace: '24h',
  },
  'api-key': {
    sensitivity: 'standard',
    value: 'supplied',
    canBeGenerated: true,
    every: '90d',
    window: 'any',
    grace: undefined,
  },
  'oauth-client': {
    sensitivity: 'standard',
    value: 'supplied',
    canBeGenerated: false,
    every: '90d',
    window: 'any',
    grace: undefined,
  },
  'tls-certificate': {
    sensitivity: 'high',
    value: 'supplied',
    canBeGenerated: false,
    every: '90d',
    window: 'any',
    grace: undefined,
  },
  'ssh-key': {
    sensitivity: 'high',
    value: 'supplied',
    canBeGenerated: false,
    every: '90d',
    window: 'any',
    grace: undefined,
  },
  'signing-key': {
    sensitivity: 'high',
    value: 'generated',
    canBeGenerated: true,
    every: undefined,
    window: 'any',
    grace: undefined,
  },
  'encryption-key': {
    sensitivity: 'high',
    value: 'generated',
    canBeGenerated: true,
    every: undefined,
    window: 'any',
    grace: undefined,
  },
  generic: {
    sensitivity: 'standard',
    value: 'supplied',
    canBeGenerated: true,
    every: undefined,
    window: 'any',
    grace: undefined,
  },
};

/** The defaults of a class in an organisation. */
export const defaultsOf = (
  name: SecretClass,
  organisation: Remains<ClassDefaultsSource> | undefined,
): ClassDefaults => {
  const own = classDefaults[name];
  const rotation = organisation?.rotation;
  const asked = rotation === 'manual' ? { every: undefined } : { every: rotation?.every ?? own.every };
  const window = rotation === 'manual' ? own.window : (rotation?.window ?? own.window);
  const grace = rotation === 'manual' ? own.grace : (rotation?.grace ?? own.grace);
  return { ...own, ...asked, window, grace, sensitivity: organisation?.sensitivity ?? own.sensitivity };
};
