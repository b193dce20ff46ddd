/** Who may do what, from the catalog alone. Pure, like the catalog. */
export * from './actions.ts';
export { declaredSecrets, type DeclaredSecret, isReplica, labelOf, secretsOf } from './declared.ts';
export { type AccountRequest, decideForAccount } from './account.ts';
export { decide } from './decide.ts';
export { declaredAccess } from './declared-access.ts';
export { isInVpc } from './fences.ts';
export {
  declaredPrincipals,
  deployerArn,
  exampleOf,
  generous,
  type Position,
  type Principal,
  unknownPrincipal,
} from './principals.ts';
export type { AccessRequest, Circumstances, Decision, KeyCircumstances, VersionStage } from './request.ts';
export { type AccessChange, accessChanges } from './changes.ts';
export { type AccessFilter, type AccessLevel, type AccessRow, accessRows, type Kind } from './rows.ts';
export { iamInstead } from './iam-instead.ts';
export { arnOf, type Claim, mayBecomeWorkload, mayBreakGlass, providerArn } from './trust.ts';
