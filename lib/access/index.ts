/** Who may do what, from the catalog alone: pure, as the catalog is. */
export * from './actions.ts';
export { declaredSecrets, type DeclaredSecret, secretsOf } from './declared.ts';
export { decide } from './decide.ts';
export { isInVpc } from './fences.ts';
export { declaredPrincipals, deployerArn, generous, type Position, type Principal, stranger } from './principals.ts';
export type { AccessRequest, Circumstances, Decision, KeyCircumstances, VersionStage } from './request.ts';
