/** What the deployed policies decide of a request, by whichever evaluator is given. */
import {
  type AccessRequest,
  type AccountAction,
  type AccountRequest,
  type Circumstances,
  type Decision,
  type KeyCircumstances,
  keyUse,
  type Principal,
  type SecretAction,
  type DeclaredSecret,
} from '../../../../lib/access/index.ts';
import { secondFactorTag } from '../../../../lib/reader-policies/handover.ts';
import { formatReaders, pendingMarkPrefix, secretTag } from '../../../../lib/contract/index.ts';
import { actionName, type Context, foldKey, isAllowed, type Layer } from './evaluator.ts';
import { cached, type DeployedKey, type DeployedSecret, type World } from './world.ts';

/** One question to the policies: a call asks one or several. */
export interface Check {
  readonly action: string;
  readonly target: DeployedSecret | DeployedKey | { readonly arn: string; readonly document?: undefined };
  readonly account: string;
  readonly isKey: boolean;
  readonly context: Context;
}

export const measure = (world: World, request: AccessRequest): Decision =>
  checksOf(world, request).every((check) => isPassed(world, request.principal, check)) ? 'allowed' : 'denied';

export const measureForAccount = (world: World, { principal, account, action }: AccountRequest): Decision =>
  world
    .resourcesOf(account, action)
    .some((arn) => isPassed(world, principal, accountCheck(world, principal, account, action, {}, arn)))
    ? 'allowed'
    : 'denied';

export const isPassed = (world: World, principal: Principal, { action, target, account, isKey, context }: Check) =>
  isAllowed(
    { arn: principal.arn, account: principal.account, policies: world.compiledOf(principal) },
    actionName(action),
    { arn: target.arn, account, policy: target.document?.compiled, ownPolicyFirst: isKey },
    context,
  );

/** What Secrets Manager and KMS ask before they do what is requested. */
export const checksOf = (world: World, { principal, secret, action, circumstances }: AccessRequest): Check[] => {
  const { account } = secret.environment;
  const tags = tagLayer.principal(world.tagsOf(principal));
  const caller = principalLayer(principal, circumstances);
  const keyCheck = (keyAction: string, key: KeyCircumstances): Check => ({
    action: keyAction,
    target: world.key(secret),
    account,
    isKey: true,
    context: [caller, keyLayers(world)(secret)(key), tags],
  });
  if (action.startsWith('kms:')) return [keyCheck(action, circumstances.key ?? directly)];
  const target = world.secret(secret);
  const context = [
    caller,
    secretLayer(target),
    callLayer(circumstances),
    tagLayer.resource(circumstances.tags ? tagsByHand(secret) : target.tags),
    tags,
  ];
  const isBatch = action === 'secretsmanager:BatchGetSecretValue';
  const asked = isBatch ? 'secretsmanager:GetSecretValue' : action;
  const uses = keyUse[asked.slice('secretsmanager:'.length) as SecretAction] ?? [];
  return [
    ...(isBatch ? [accountCheck(world, principal, principal.account ?? account, action, circumstances)] : []),
    { action: asked, target, account, isKey: false, context },
    ...uses.map((use) => keyCheck(`kms:${use}`, throughSecretsManager(secret))),
  ];
};

/** No policy but the caller's knows of what is asked of its account. */
const accountCheck = (
  world: World,
  principal: Principal,
  account: string,
  action: AccountAction,
  circumstances: Circumstances,
  arn = '*',
): Check => ({
  action,
  target: { arn },
  account,
  isKey: false,
  context: [
    principalLayer(principal, circumstances),
    callLayer(circumstances),
    tagLayer.principal(world.tagsOf(principal)),
  ],
});

const directly: KeyCircumstances = {};

const throughSecretsManager = cached((secret: DeclaredSecret): KeyCircumstances => ({
  via: 'secretsmanager',
  context: secret,
}));

/** There are a hundred times as many cells as layers, so each is made once. */
const keyLayers = cached((world: World) =>
  cached((secret: DeclaredSecret) => cached((key: KeyCircumstances) => keyLayer(world, secret, key))),
);

const keyLayer = (
  world: World,
  secret: DeclaredSecret,
  { via, viaRegion = secret.region, context }: KeyCircumstances,
): Layer => ({
  'kms:resourcealiases': [world.key(secret).alias],
  'kms:viaservice': via && `${via}.${viaRegion}.amazonaws.com`,
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

const secretLayer = cached(({ arn, rotatedBy }: DeployedSecret): Layer => ({
  'secretsmanager:secretid': arn,
  'aws:requestedregion': arn.split(':')[3],
  'secretsmanager:resource/allowrotationlambdaarn': rotatedBy,
}));

/** Where the call comes from, and what is in it. */
const callLayer = cached(
  ({ vpc, endpoint, secondFactor, version, withId, deletion, tagKeys }: Circumstances): Layer => ({
    'aws:sourcevpc': vpc,
    'aws:sourcevpce': endpoint,
    'aws:multifactorauthpresent': secondFactor === 'to AWS' ? 'true' : undefined,
    [foldKey(`aws:PrincipalTag/${secondFactorTag}`)]: secondFactor === 'to the identity provider' ? 'true' : undefined,
    'secretsmanager:versionid': version === 'by id' || withId ? '00000000-0000-4000-8000-000000000000' : undefined,
    'secretsmanager:versionstage':
      version === 'by id' ? undefined : version === 'another label' ? 'customer-label' : version,
    // Asked of no other action than those that set and take away tags, which always name some.
    'aws:tagkeys': [
      ...(tagKeys === undefined ? [] : [`${pendingMarkPrefix}0123456789abcdef`]),
      ...(tagKeys === 'a mark' ? [] : ['another']),
    ],
    'secretsmanager:forcedeletewithoutrecovery': deletion === undefined ? undefined : String(deletion === 'at once'),
    'secretsmanager:recoverywindowindays': typeof deletion === 'object' ? String(deletion.afterDays) : undefined,
  }),
);

/** By which policies know an adopted secret, as docs/adoption.md asks for them. */
const tagsByHand = cached(({ environment, application, readers, adminFor }: DeclaredSecret) => ({
  [secretTag.environment]: environment.name,
  [secretTag.application]: application,
  [secretTag.readers]: formatReaders(readers.map(({ name }) => name)),
  ...(adminFor && { [secretTag.adminFor]: adminFor }),
}));

const tagLayersOf = (prefix: string) =>
  cached((tags: Readonly<Record<string, string>>): Layer =>
    Object.fromEntries(Object.entries(tags).map(([key, value]) => [foldKey(prefix + key), value])),
  );
const tagLayer = { principal: tagLayersOf('aws:PrincipalTag/'), resource: tagLayersOf('aws:ResourceTag/') };
