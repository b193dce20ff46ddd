/** A rotation function, its role, or the function or schedule that rotates a secret was changed outside of a deployment. */
import type { Declared } from '../facts/declared.ts';
import { nameOf, type EventFacts } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

/** Of Lambda with the version of its API at the end: `UpdateFunctionCode20150331v2`. */
const ofFunctions =
  /^(UpdateFunctionCode|UpdateFunctionConfiguration|AddPermission|RemovePermission|DeleteFunction|PutFunctionConcurrency|UpdateAlias|PublishVersion)/;
const ofRoles =
  /^(AttachRolePolicy|DeleteRole|DeleteRolePermissionsBoundary|DeleteRolePolicy|DetachRolePolicy|PutRolePermissionsBoundary|PutRolePolicy|UpdateAssumeRolePolicy|UpdateRole)$/;

export const rotationChanged: Rule = (event, { declared }) => {
  if (!event.succeeded || isByDeployment(event, declared)) return undefined;
  const what = targetOf(event, declared);
  if (what === undefined) return undefined;
  return {
    group: what,
    secrets: event.secrets,
    message: `${nameOf(event.principal)} called ${event.operation} for ${what} outside of a deployment`,
  };
};

const targetOf = (
  { service, operation, request, secrets: [secret] }: EventFacts,
  declared: Declared,
): string | undefined => {
  if (service === 'lambda' && ofFunctions.test(operation)) return own(request['functionName'], declared.environment);
  if (service === 'iam' && ofRoles.test(operation)) return own(request['roleName'], declared.environment);
  // A rotation by an operator names neither: the principal that sets the function gets the credentials.
  const isOfSchedule = request['rotationLambdaARN'] !== undefined || request['rotationRules'] !== undefined;
  if (operation === 'RotateSecret' && isOfSchedule && secret !== undefined && declared.secret(secret)) return secret;
  return undefined;
};

/** By name, or by a whole or partial ARN: the functions and roles of Strongroom begin with `strongroom-<environment>-`. */
const own = (reference: unknown, environment: string): string | undefined => {
  if (typeof reference !== 'string') return undefined;
  const name = /^(?:.*[:/])?(strongroom-[^:/]+)(?::[^:]*)?$/.exec(reference)?.[1];
  return name?.startsWith(`strongroom-${environment}-`) ? name : undefined;
};
