/** Every claim, by the name that the tables of controls use. */
import { auditClaims } from './audit-claims.ts';
import type { Claim } from './claim.ts';
import { declaredClaims } from './declared-claims.ts';
import { keyAndSecretClaims } from './key-and-secret-claims.ts';

export const claims = { ...declaredClaims, ...keyAndSecretClaims, ...auditClaims } as const satisfies Readonly<
  Record<string, Claim>
>;

export type ClaimName = keyof typeof claims;

export const claimNames = Object.keys(claims) as readonly ClaimName[];
