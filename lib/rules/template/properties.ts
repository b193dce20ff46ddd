/** How rules read a resource: properties by name, and tokens resolved one property at a time. */
import { CfnDeletionPolicy, Stack, type CfnResource } from 'aws-cdk-lib';

/** A property as the template will have it, such as `keyPolicy`; `undefined` if it is not set. */
export const propertyOf = (resource: CfnResource, name: string): unknown => {
  const value: unknown = Reflect.get(resource, name);
  return value === undefined ? undefined : Stack.of(resource).resolve(value);
};

/** A property as text, with references as {@link flatten} writes them. */
export const textOf = (resource: CfnResource, name: string): string | undefined => {
  const value = propertyOf(resource, name);
  return value === undefined ? undefined : flatten(value);
};

/** Whether the resource is retained when its stack is deleted or it is replaced. */
export const stays = ({ cfnOptions }: CfnResource): boolean =>
  [cfnOptions.deletionPolicy, cfnOptions.updateReplacePolicy].every(
    (policy) => policy === CfnDeletionPolicy.RETAIN || policy === CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
  );

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of a resolved property, with the first letter in upper or lower case. */
export const member = (value: unknown, name: string): unknown =>
  isRecord(value) ? (value[name] ?? value[name.charAt(0).toUpperCase() + name.slice(1)]) : undefined;

export const listOf = (value: unknown): readonly unknown[] => {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
};

/** The resource of the same stack to which a resolved value refers. */
export const logicalIdIn = (value: unknown): string | undefined => {
  if (!isRecord(value)) return undefined;
  if (typeof value['Ref'] === 'string') return value['Ref'];
  const [id] = listOf(value['Fn::GetAtt']);
  return typeof id === 'string' ? id : undefined;
};

/** A resolved value as one text; `{ Ref: X }` becomes `<X>`, as in the findings of cdk-nag. */
export const flatten = (value: unknown): string => {
  if (typeof value === 'string') return value.replaceAll('${', '<').replaceAll('}', '>');
  if (!isRecord(value)) return JSON.stringify(value);
  const [join, parts] = listOf(value['Fn::Join']);
  if (typeof join === 'string' && Array.isArray(parts)) return parts.map(flatten).join(join);
  const [id, attribute] = listOf(value['Fn::GetAtt']);
  if (typeof id === 'string' && typeof attribute === 'string') return `<${id}.${attribute}>`;
  if (typeof value['Fn::Sub'] === 'string') return flatten(value['Fn::Sub']);
  return typeof value['Ref'] === 'string' ? `<${value['Ref']}>` : JSON.stringify(value);
};
