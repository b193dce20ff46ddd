/** A rotation function, its role or the rotation of a secret was changed outside of a deployment. */
import { nameOf } from '../facts/event-facts.ts';
import type { Rule } from './rule.ts';
import { isByDeployment } from './deployment.ts';

/** Of Lambda with the version of its API at the end: `UpdateFunctionCode20150331v2`. */
const ofFunctions =
  /^(UpdateFunctionCode|UpdateFunctionConfiguration|AddPermission|RemovePermission|DeleteFunction|PutFunctionConcurrency|UpdateAlias|PublishVersion)/;
const ofRoles =
  /^(AttachRolePolicy|DeleteRole|DeleteRolePermissionsBoundary|DeleteRolePolicy|DetachRolePolicy|PutRolePermissionsBoundary|PutRolePolicy|UpdateAssumeRolePolicy|UpdateRole)$/;

export const rotationChanged: Rule = (event, { declared }) => {
  if (!event.succeeded || isByDeployment(event, declared)) return undefined;
  const what = targetOf(event.service, event.operation, event.request, declared.environment);
  if (what === undefined) return undefined;
  return {
    group: what,
    secrets: [],
    message: `${nameOf(event.principal)} called ${event.operation} for ${what} outside of a deployment`,
  };
};

const targetOf = (
  service: string,
  operation: string,
  request: Readonly<Record<string, unknown>>,
  environment: string,
): string | undefined => {
  if (service === 'lambda' && ofFunctions.test(operation)) return own(request['functionName'], environment);
  if (service === 'iam' && ofRoles.test(operation)) return own(request['roleName'], environment);
  return undefined;
};

/** By name or by ARN: the functions and roles of Strongroom begin with `strongroom-<environment>-`. */
const own = (reference: unknown, environment: string): string | undefined => {
  if (typeof reference !== 'string') return undefined;
  const name = /^(?:arn:.*[:/])?(strongroom-[^:/]+)(?::[^:]*)?$/.exec(reference)?.[1];
  return name?.startsWith(`strongroom-${environment}-`) ? name : undefined;
};
