/** What the deployed policies decide of a request, by whichever evaluator is given. */
import {
  type AccessRequest,
  type Circumstances,
  type Decision,
  type KeyCircumstances,
  keyUse,
  type Principal,
  type SecretAction,
} from '../../../lib/access/index.ts';
import type { DeclaredSecret } from '../../../lib/access/index.ts';
import { secondFactorTag } from '../../../lib/access/handover.ts';
import { actionName, type Context, foldKey, isAllowed, type Layer } from './evaluator.ts';
import type { DeployedKey, DeployedSecret, World } from './world.ts';

/** One question to the policies: a call asks one or several. */
export interface Check {
  readonly action: string;
  readonly target: DeployedSecret | DeployedKey;
  readonly isKey: boolean;
  readonly context: Context;
}

export const measure = (world: World, request: AccessRequest): Decision => {
  const { principal, secret } = request;
  const caller = { arn: principal.arn, account: principal.account, policies: world.compiledOf(principal) };
  const { account } = secret.environment;
  for (const { action, target, isKey, context } of checksOf(world, request)) {
    const { arn, document } = target;
    const at = { arn, account, policy: document.compiled, ownPolicyFirst: isKey };
    if (!isAllowed(caller, actionName(action), at, context)) return 'denied';
  }
  return 'allowed';
};

/** What Secrets Manager and KMS ask before they do what is requested. */
export const checksOf = (world: World, { principal, secret, action, circumstances }: AccessRequest): Check[] => {
  const tags = tagLayer('aws:PrincipalTag/', world.tagsOf(principal));
  const caller = principalLayer(principal, circumstances);
  const keyCheck = (keyAction: string, key: KeyCircumstances): Check => ({
    action: keyAction,
    target: world.key(secret),
    isKey: true,
    context: [caller, keyLayer(world, secret, key), tags],
  });
  if (action.startsWith('kms:')) return [keyCheck(action, circumstances.key ?? directly)];
  const target = world.secret(secret);
  const context = [
    caller,
    secretLayer(target),
    callLayer(circumstances),
    tagLayer('aws:ResourceTag/', target.tags),
    tags,
  ];
  const uses = keyUse[action.slice('secretsmanager:'.length) as SecretAction] ?? [];
  return [
    { action, target, isKey: false, context },
    ...uses.map((use) => keyCheck(`kms:${use}`, throughSecretsManager(secret))),
  ];
};

const directly: KeyCircumstances = {};

const throughSecretsManager = (secret: DeclaredSecret): KeyCircumstances => ({
  via: 'secretsmanager',
  context: secret,
});

const keyLayer = (world: World, secret: DeclaredSecret, { via, context }: KeyCircumstances): Layer => ({
  'kms:resourcealiases': [world.key(secret).alias],
  'kms:viaservice': via && `${via}.${secret.environment.region}.amazonaws.com`,
  'kms:encryptioncontext:secretarn': context && contextArn(world, context),
});

const contextArn = (world: World, context: NonNullable<KeyCircumstances['context']>): string =>
  context === 'validation' ? 'RequestToValidateKeyAccess' : world.secret(context).arn;

const principalLayer = ({ arn, account }: Principal, { organizationId }: Circumstances): Layer => {
  if (account === undefined) {
    return arn === '*' ? {} : { 'aws:principalisawsservice': 'true', 'aws:principalservicename': arn };
  }
  return {
    'aws:principalarn': arn,
    'aws:principalaccount': account,
    'aws:principalorgid': organizationId,
    'aws:principalisawsservice': 'false',
    'kms:calleraccount': account,
  };
};

const secretLayer = ({ arn, rotatedBy }: DeployedSecret): Layer => ({
  'secretsmanager:secretid': arn,
  'secretsmanager:resource/allowrotationlambdaarn': rotatedBy,
});

/** Where the call comes from, and what is in it. */
const callLayer = ({ vpc, endpoint, secondFactor, version, deletion }: Circumstances): Layer => ({
  'aws:sourcevpc': vpc,
  'aws:sourcevpce': endpoint,
  'aws:multifactorauthpresent': secondFactor === 'to AWS' ? 'true' : undefined,
  [foldKey(`aws:PrincipalTag/${secondFactorTag}`)]: secondFactor === 'to the identity provider' ? 'true' : undefined,
  'secretsmanager:versionid': version === 'by id' ? '00000000-0000-4000-8000-000000000000' : undefined,
  'secretsmanager:versionstage':
    version === 'by id' ? undefined : version === 'another label' ? 'customer-label' : version,
  'secretsmanager:forcedeletewithoutrecovery': deletion === undefined ? undefined : String(deletion === 'at once'),
  'secretsmanager:recoverywindowindays': typeof deletion === 'object' ? String(deletion.afterDays) : undefined,
});

const tagLayers = new WeakMap<Readonly<Record<string, string>>, Layer>();
const tagLayer = (prefix: string, tags: Readonly<Record<string, string>>): Layer => {
  const layer =
    tagLayers.get(tags) ??
    Object.fromEntries(Object.entries(tags).map(([key, value]) => [foldKey(prefix + key), value]));
  tagLayers.set(tags, layer);
  return layer;
};
