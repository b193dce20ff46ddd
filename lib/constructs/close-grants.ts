/** Closes methods of a resource of the AWS library that would give access past the policies of a construct. */
import type { IConstruct } from 'constructs';
import { invalidProps } from './invalid-props.ts';

/**
 * Each of `members` throws from now on; a property such as `grants` throws when it is read.
 *
 * @param instead - what to do, in words: the end of the message.
 */
export const closeGrants = <Resource extends IConstruct>(
  resource: Resource,
  members: readonly string[],
  instead: string,
): Resource => {
  for (const member of members) {
    const refuse = (): never => {
      throw invalidProps(resource, `${member} would give access that the policies of Strongroom deny: ${instead}`);
    };
    const isMethod =
      typeof Reflect.getOwnPropertyDescriptor(prototypeWith(resource, member), member)?.value === 'function';
    Object.defineProperty(resource, member, {
      configurable: true,
      ...(isMethod ? { value: refuse } : { get: refuse }),
    });
  }
  return resource;
};

/** The object of the prototype chain that has `member`; the resource itself if none has. */
const prototypeWith = (resource: object, member: string): object => {
  for (let one: object | null = resource; one !== null; one = Reflect.getPrototypeOf(one)) {
    if (Object.hasOwn(one, member)) return one;
  }
  return resource;
};

/** What `IKey` and `Key` give access with. */
export const keyGrants = [
  'addToResourcePolicy',
  'grant',
  'grantAdmin',
  'grantDecrypt',
  'grantEncrypt',
  'grantEncryptDecrypt',
  'grantGenerateMac',
  'grantSign',
  'grantSignVerify',
  'grantVerify',
  'grantVerifyMac',
  'grants',
] as const;

/** What `ITopic` and `Topic` give access with; subscriptions stay open. */
export const topicGrants = ['addToResourcePolicy', 'grantPublish', 'grantSubscribe', 'grants'] as const;

/** What `IQueue` and `Queue` give access with. */
export const queueGrants = [
  'addToResourcePolicy',
  'grant',
  'grantConsumeMessages',
  'grantPurge',
  'grantSendMessages',
  'grants',
] as const;

/** What `ITable` and `Table` give access with. */
export const tableGrants = [
  'addToResourcePolicy',
  'grant',
  'grantFullAccess',
  'grantReadData',
  'grantReadWriteData',
  'grantStream',
  'grantStreamRead',
  'grantTableListStreams',
  'grantWriteData',
  'grants',
  'streamGrants',
] as const;

/** What `IFunction` and `Function` give access with. */
export const functionGrants = [
  'addEventSource',
  'addEventSourceMapping',
  'addFunctionUrl',
  'addPermission',
  'addToRolePolicy',
  'grantInvoke',
  'grantInvokeCompositePrincipal',
  'grantInvokeLatestVersion',
  'grantInvokeUrl',
  'grantInvokeVersion',
] as const;

/** What `IRole` and `Role` give access with. */
export const roleGrants = [
  'addManagedPolicy',
  'addToPolicy',
  'addToPrincipalPolicy',
  'attachInlinePolicy',
  'grant',
  'grantAssumeRole',
  'grantPassRole',
  'grants',
] as const;

/** What `ISecret` gives access with, or changes. */
export const secretGrants = [
  'addRotationSchedule',
  'addToResourcePolicy',
  'attach',
  'denyAccountRootDelete',
  'grantRead',
  'grantWrite',
] as const;
