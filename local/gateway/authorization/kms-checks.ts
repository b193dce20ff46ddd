/** What a KMS call asks of the policies, and what a service asks that uses a key in its caller's name. */
import type { AwsRequest } from '../request.ts';
import { isRecord } from '../service-call.ts';
import { scopeOf, text, type Check, type Checks, type Context, type Resource } from './check.ts';
import type { Deployed } from './deployed.ts';

export const kmsChecks: Checks = async (request, deployed) => {
  const { operation, input } = request;
  if (operation === 'ReEncrypt') return ofReEncryption(request, deployed);
  const named = text(input['KeyId']);
  const alias = text(input['AliasName']);
  // DeleteAlias names the key only by its alias.
  const keyId = named ?? text(input['TargetKeyId']) ?? alias;
  if (keyId === undefined) return undefined;
  const action = `kms:${operation}`;
  const context = {
    ...(await keyContext(request, deployed, keyId)),
    ...encryptionContextKeys(isRecord(input['EncryptionContext']) ? input['EncryptionContext'] : {}),
    ...(named?.includes('alias/') && { 'kms:RequestAlias': named.slice(named.indexOf('alias/')) }),
  };
  const onKey = { action, resource: tellingOfAbsence(await keyResource(request, deployed, keyId)), context };
  if (alias === undefined) return [onKey];
  const { account, region } = scopeOf(request);
  return [onKey, { action, resource: { arn: `arn:aws:kms:${region}:${account}:${alias}`, account }, context }];
};

/** One call, and a permission for each of its two keys; the source's, where the caller leaves it to the ciphertext, is not known. */
const ofReEncryption = async (request: AwsRequest, deployed: Deployed): Promise<Check[] | undefined> => {
  const { input } = request;
  const [from, to] = [text(input['SourceKeyId']), text(input['DestinationKeyId'])];
  if (from === undefined || to === undefined) return undefined;
  const on = async (action: string, keyId: string, context: unknown): Promise<Check> => ({
    action,
    resource: tellingOfAbsence(await keyResource(request, deployed, keyId)),
    context: {
      ...(await keyContext(request, deployed, keyId)),
      ...encryptionContextKeys(isRecord(context) ? context : {}),
    },
  });
  return Promise.all([
    on('kms:ReEncryptFrom', from, input['SourceEncryptionContext']),
    on('kms:ReEncryptTo', to, input['DestinationEncryptionContext']),
  ]);
};

export const keyResource = async (request: AwsRequest, deployed: Deployed, keyId: string): Promise<Resource> => {
  const scope = scopeOf(request, keyId);
  const key = await deployed.key(scope, keyId);
  if (key) return { arn: key.arn, account: key.account, policy: key.policy, tags: key.tags };
  const { account, region } = scope;
  // Policies name only keys: an alias without a key is treated as one.
  const id = keyId.slice(keyId.lastIndexOf(':') + 1).replace(/^key\//, '');
  return { arn: `arn:aws:kms:${region}:${account}:key/${id}`, account };
};

/** KMS shows whether a key exists to all principals of its account whose own policies allow the call. */
const tellingOfAbsence = (resource: Resource): Resource => {
  if (resource.policy !== undefined) return resource;
  const ownAccount = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${resource.account}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return { ...resource, policy: { Version: '2012-10-17', Statement: [ownAccount] } };
};

/** Condition keys of a use of the key by Secrets Manager. */
export const secretKeyContext = async (
  request: AwsRequest,
  deployed: Deployed,
  keyId: string,
  encryptionContext: Readonly<Record<string, string>>,
): Promise<Context> => ({
  ...(await keyContext(request, deployed, keyId)),
  ...encryptionContextKeys(encryptionContext),
  'kms:ViaService': `secretsmanager.${request.region}.amazonaws.com`,
  'aws:ViaAWSService': 'true',
  'aws:CalledVia': ['secretsmanager.amazonaws.com'],
  'aws:CalledViaFirst': 'secretsmanager.amazonaws.com',
  'aws:CalledViaLast': 'secretsmanager.amazonaws.com',
});

const keyContext = async (request: AwsRequest, deployed: Deployed, keyId: string): Promise<Context> => {
  const key = await deployed.key(scopeOf(request, keyId), keyId);
  return {
    'kms:CallerAccount': request.caller.account,
    ...(key && key.aliases.length > 0 && { 'kms:ResourceAliases': key.aliases }),
  };
};

const encryptionContextKeys = (encryptionContext: Readonly<Record<string, unknown>>): Context => {
  const keys = Object.keys(encryptionContext);
  return {
    ...Object.fromEntries(keys.map((key) => [`kms:EncryptionContext:${key}`, String(encryptionContext[key])])),
    ...(keys.length > 0 && { 'kms:EncryptionContextKeys': keys }),
  };
};
