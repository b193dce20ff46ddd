/** The classes of secrets, with the defaults that docs/catalog.md lists. */
import type { Sensitivity } from './names.ts';

/** Every {@link SecretClass}. */
export const secretClasses = [
  'database',
  'api-key',
  'oauth-client',
  'tls-certificate',
  'ssh-key',
  'signing-key',
  'encryption-key',
  'generic',
] as const;
export type SecretClass = (typeof secretClasses)[number];

export interface ClassFacts {
  readonly sensitivity: Sensitivity;
  /** Who makes the value if the secret does not say. */
  readonly value: 'generated' | 'supplied';
  /** Whether Secrets Manager can generate such a value: it generates random text, no key pairs and no certificates. */
  readonly canBeGenerated: boolean;
  /** Longest time between two rotations, as in the catalog; `undefined`: the class does not ask for rotation. */
  readonly every: string | undefined;
  /** As in the catalog; `any`: at any time. */
  readonly window: string;
  /** How long a replaced credential stays valid if the strategy has a grace time, as in the catalog. */
  readonly grace: string | undefined;
}

/**
 * Credentials rotate by default. Keys do not: what was signed or encrypted with an old key is unreadable until the
 * application knows both, so the organisation or the secret has to ask for it.
 */
export const classFacts = {
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
} as const satisfies Readonly<Record<SecretClass, ClassFacts>>;

type ClassWith<Generated extends boolean> = {
  [Name in SecretClass]: (typeof classFacts)[Name]['canBeGenerated'] extends Generated ? Name : never;
}[SecretClass];

const classesWith = <Generated extends boolean>(generated: Generated) =>
  secretClasses.filter((name) => name !== 'database' && classFacts[name].canBeGenerated === generated) as [
    Exclude<ClassWith<Generated>, 'database'>,
    ...Exclude<ClassWith<Generated>, 'database'>[],
  ];

/** Classes whose value Secrets Manager can generate. Class `database` is apart: its rotation makes the value. */
export const generatedClasses = /* @__PURE__ */ classesWith(true);

/** Classes whose value is always supplied. */
export const suppliedClasses = /* @__PURE__ */ classesWith(false);
