/** The resource policy of a secret: it denies whatever the secret's declaration does not name. */
import {
  AccountPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  Effect,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { secondFactorTag } from '../../reader-policies/handover.ts';
import type { Fences } from '../../model/catalog.ts';
import {
  asScheduled,
  markActions,
  marksOnly,
  breakGlassActions,
  readActions,
  replicateActions,
  rotateActions,
  startActions,
} from '../secret-actions.ts';
import { pendingMarkPrefix } from '../../contract/index.ts';

/** How a declared reader may read. */
export interface ReaderAccess {
  /** `vpc`: through the endpoints and from the networks of the fences alone. */
  readonly network: 'vpc' | 'any';
  /** Whether it can also read the pending value. */
  readonly pending: boolean;
  /**
   * Whether it may read a version by its id: any version that it knows the id of.
   * @default false
   */
  readonly byVersion?: boolean;
  /**
   * The account of a role that is not of the secret's own.
   * @default - the secret's account
   */
  readonly account?: string;
  /**
   * Whether it is people who read, with a second factor.
   * @default false
   */
  readonly people?: boolean;
}

export interface Reader extends ReaderAccess {
  readonly arn: string;
}

/** Conditions of every access, in addition to the policies. */
export type SecretFences = Partial<Pick<Fences, 'organizationId' | 'vpcEndpoints' | 'vpcs'>>;

/** A secret with a name of its own. */
interface Apart {
  readonly as: 'Adopted' | 'Named';
  /** Region of the secret, where it has replicas: their policy is the same, and functions have no part in them. */
  readonly replicatedFrom?: string;
}

/** ARNs of IAM principals (`*` and `?` are wildcards), by what they may do with the secret. */
export interface SecretAccess {
  readonly readers: readonly Reader[];
  /** Role of the rotation function. */
  readonly rotator?: string;
  /** Role of a rotation function of the organisation's own, in place of {@link SecretAccess.rotator}. */
  readonly customRotator?: string;
  /** Role of the function that starts the first rotation. */
  readonly starter?: string;
  /** The role that describes the secret to watch its rotations. Its own policy names no secret. */
  readonly watch?: {
    readonly role: string;
    /** Region of the secret if it has replicas, which have the same policy. */
    readonly replicatedFrom?: string;
  };
  /** Role of a rotation function that reads the secret to administrate other users. */
  readonly administrator?: string;
  /** Whether the value before the current one stays valid for a time. */
  readonly hasGrace: boolean;
  /** Who may put a value by hand; they can't read it back. */
  readonly writers: readonly string[];
  /** Who may start a rotation or cancel one. */
  readonly operators: readonly string[];
  /** Who may change the secret itself and this policy: the roles under which CloudFormation deploys. */
  readonly deployers: readonly string[];
  readonly breakGlass: string;
  /** The account's root user, who can always correct the policy. */
  readonly root: string;
  readonly fences: SecretFences;
  /** Set where the policies of the platform's roles do not name the secret, so this one must allow what they do with it. */
  readonly apart?: Apart;
}

/**
 * Denies, so that a principal with `secretsmanager:*` in its own policy can do no more than a declared one. It allows
 * access that no other policy can allow: roles of other accounts, and the platform's roles on a secret with a custom name.
 *
 * Deployers, the break-glass role and the root user keep control of the policy, so access can always be restored.
 */
export const accessPolicy = (access: SecretAccess): PolicyDocument =>
  new PolicyDocument({
    statements: [
      ...readStatements(access),
      ...(access.customRotator === undefined ? [] : readBySteps(access.customRotator)),
      ...writeStatements(access),
      ...deleteStatements(access),
      ...governStatements(access),
      ...organizationStatements(access),
      ...otherAccountStatements(access),
      ...watchStatements(access),
      ...(access.apart ? apartStatements(access, access.apart) : []),
    ],
  });

/** Labels and ids: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html#awssecretsmanager-policy-keys */
const readStatements = ({ readers, hasGrace, fences, ...access }: SecretAccess): PolicyStatement[] => {
  const platform = platformOf(access);
  const pending = readers.filter((reader) => reader.pending).map(({ arn }) => arn);
  const byVersion = readers.filter((reader) => reader.byVersion).map(({ arn }) => arn);
  const anywhere = readers.filter(({ network }) => network === 'any').map(({ arn }) => arn);
  const labels = ['AWSCURRENT', ...(hasGrace ? ['AWSPREVIOUS'] : []), ...(pending.length > 0 ? ['AWSPENDING'] : [])];
  return [
    denyAllBut('ReadByDeclaredReaders', read, [...readers.map(({ arn }) => arn), ...platform]),
    denyAllBut('ReadReleasedVersions', read, platform, {
      // Without a label the current version is read, and the key is absent.
      Null: { [versionStage]: 'false' },
      StringNotEquals: { [versionStage]: labels },
    }),
    ...(pending.length > 0
      ? [
          denyAllBut('ReadPendingVersionWhereDeclared', read, [...pending, ...platform], {
            StringEquals: { [versionStage]: 'AWSPENDING' },
          }),
        ]
      : []),
    // An id is as good as any label: it would reach the versions whose labels are refused.
    denyAllBut('ReadVersionsByLabel', read, [...byVersion, ...platform], {
      Null: { 'secretsmanager:VersionId': 'false' },
    }),
    ...withSecondFactor(readers),
    ...onlyFrom('ReadThroughEndpoints', 'aws:SourceVpce', fences.vpcEndpoints, [...anywhere, ...platform]),
    ...onlyFrom('ReadFromNetworks', 'aws:SourceVpc', fences.vpcs, [...anywhere, ...platform]),
  ];
};

/** The labels that the four steps read: nothing says what else such a function does. */
const readBySteps = (rotator: string): PolicyStatement[] => [
  deny('ReadLabelsOfTheSteps', read, {
    ArnLike: { 'aws:PrincipalArn': rotator },
    Null: { [versionStage]: 'false' },
    StringNotEquals: { [versionStage]: ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'] },
  }),
  // The steps send both the id and the label.
  deny('ReadStepsByLabel', read, {
    ArnLike: { 'aws:PrincipalArn': rotator },
    Null: { 'secretsmanager:VersionId': 'false', [versionStage]: 'true' },
  }),
];

/**
 * Identity Center does not say that there was one, so an attribute of its sessions may. It is asked for here too: what the
 * permission set says itself is deployed by others, or not yet.
 */
const withSecondFactor = (readers: readonly Reader[]): PolicyStatement[] => {
  const people = readers.filter((reader) => reader.people).map(({ arn }) => arn);
  return people.length === 0
    ? []
    : [
        deny('ReadWithSecondFactor', read, {
          ArnLike: { 'aws:PrincipalArn': people },
          BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' },
          StringNotEquals: { [`aws:PrincipalTag/${secondFactorTag}`]: 'true' },
        }),
      ];
};

const onlyFrom = (sid: string, key: string, values: readonly string[] = [], principals: string[]): PolicyStatement[] =>
  values.length === 0 ? [] : [denyAllBut(sid, read, principals, { StringNotEquals: { [key]: [...values] } })];

const writeStatements = (access: SecretAccess): PolicyStatement[] => {
  const { rotator = access.customRotator, starter, writers, operators, deployers, breakGlass } = access;
  const rotation = rotator === undefined ? [] : [rotator];
  const start = starter === undefined ? [] : [starter];
  return [
    denyAllBut('WriteByRotationOrWriters', ['secretsmanager:PutSecretValue'], [...rotation, ...writers, breakGlass]),
    denyAllBut('MoveLabelsByRotation', ['secretsmanager:UpdateSecretVersionStage'], [...rotation, breakGlass]),
    denyAllBut(
      'RotateByDeployersOrOperators',
      ['secretsmanager:CancelRotateSecret', 'secretsmanager:RotateSecret'],
      [...deployers, ...operators, ...start, breakGlass],
    ),
  ];
};

/** No principal can delete at once: without the secret its applications fail. */
const deleteStatements = ({ breakGlass }: SecretAccess): PolicyStatement[] => {
  const actions = ['secretsmanager:DeleteSecret'];
  return [
    denyAllBut('DeleteInAnEmergency', actions, [breakGlass]),
    deny('DeleteWithRecovery', actions, { Bool: { 'secretsmanager:ForceDeleteWithoutRecovery': 'true' } }),
    deny('DeleteWithinThirtyDays', actions, { NumericLessThan: { 'secretsmanager:RecoveryWindowInDays': '30' } }),
  ];
};

const governStatements = ({ rotator, deployers, breakGlass, root }: SecretAccess): PolicyStatement[] => [
  ...(rotator === undefined ? [] : tagStatements({ rotator, deployers, breakGlass })),
  denyAllBut(
    'ChangeByDeployers',
    [
      'secretsmanager:RemoveRegionsFromReplication',
      'secretsmanager:ReplicateSecretToRegions',
      'secretsmanager:RestoreSecret',
      'secretsmanager:StopReplicationToReplica',
      ...(rotator === undefined ? markActions : []),
      'secretsmanager:UpdateSecret',
    ],
    [...deployers, breakGlass],
  ),
  denyAllBut(
    'GovernByDeployers',
    ['secretsmanager:DeleteResourcePolicy', 'secretsmanager:PutResourcePolicy'],
    [...deployers, breakGlass, root],
  ),
];

/** The rotation function marks what it wrote, which nobody can forge who does no more than put values. */
const tagStatements = ({
  rotator,
  deployers,
  breakGlass,
}: Pick<SecretAccess, 'deployers' | 'breakGlass'> & { readonly rotator: string }): PolicyStatement[] => [
  denyAllBut('TagByDeployersOrRotation', markActions, [...deployers, breakGlass, rotator]),
  deny('MarkOnlyByRotation', markActions, {
    ArnLike: { 'aws:PrincipalArn': rotator },
    'ForAnyValue:StringNotLike': { 'aws:TagKeys': `${pendingMarkPrefix}*` },
  }),
];

/** Actions on the policy itself are not included, so that a wrong id or an account that left can be corrected. */
const organizationStatements = ({ fences: { organizationId } }: SecretAccess): PolicyStatement[] =>
  organizationId === undefined
    ? []
    : [
        deny('UseWithinTheOrganization', [...rotateActions, 'secretsmanager:ListSecretVersionIds'], {
          StringNotEquals: { 'aws:PrincipalOrgID': organizationId },
          BoolIfExists: { 'aws:PrincipalIsAWSService': 'false' },
        }),
      ];

/**
 * Names the account, and the role in a condition: the service refuses the ARN of a role that does not exist yet, and
 * forgets a role that is created again.
 */
export const otherAccountStatements = ({
  readers,
  fences: { organizationId },
}: Pick<SecretAccess, 'readers' | 'fences'>): PolicyStatement[] => {
  const byAccount = new Map<string, string[]>();
  for (const { arn, account } of readers) {
    if (account !== undefined) byAccount.set(account, [...(byAccount.get(account) ?? []), arn]);
  }
  return [...byAccount].map(
    ([account, arns]) =>
      new PolicyStatement({
        sid: `ReadFromAccount${account}`,
        principals: [new AccountPrincipal(account)],
        actions: [...readActions],
        resources: ['*'],
        conditions: {
          ArnEquals: { 'aws:PrincipalArn': arns },
          ...(organizationId !== undefined && { StringEquals: { 'aws:PrincipalOrgID': organizationId } }),
        },
      }),
  );
};

const watchStatements = ({ watch }: SecretAccess): PolicyStatement[] =>
  watch === undefined
    ? []
    : [allow('DescribeByWatch', ['secretsmanager:DescribeSecret'], watch.role, inRegion(watch.replicatedFrom))];

const inRegion = (region: string | undefined): Conditions =>
  region === undefined ? {} : { StringEquals: { 'aws:RequestedRegion': region } };

/** Their own policies match the names of the environment's secrets, which this name does not follow. */
const apartStatements = (
  { rotator, starter, administrator, breakGlass }: SecretAccess,
  { as, replicatedFrom }: Apart,
): PolicyStatement[] => {
  const here = inRegion(replicatedFrom);
  return [
    allow(`Mend${as}`, [...breakGlassActions, ...(replicatedFrom === undefined ? [] : replicateActions)], breakGlass),
    ...(rotator === undefined
      ? []
      : [
          allow(`Rotate${as}`, rotateActions, rotator, here),
          allow(`Mark${as}`, markActions, rotator, { ...marksOnly, ...here }),
        ]),
    ...(starter === undefined ? [] : [allow(`Start${as}`, startActions, starter, { ...asScheduled, ...here })]),
    ...(administrator === undefined ? [] : [allow(`AdministrateWith${as}`, readActions, administrator, here)]),
  ];
};

const read = ['secretsmanager:GetSecretValue'];
const versionStage = 'secretsmanager:VersionStage';

/** Who reads whichever version, and from where they are; {@link readBySteps} narrows a custom rotator. */
const platformOf = (
  access: Pick<SecretAccess, 'rotator' | 'customRotator' | 'administrator' | 'breakGlass'>,
): string[] =>
  [access.rotator, access.customRotator, access.administrator, access.breakGlass].filter((arn) => arn !== undefined);

type Conditions = Record<string, Record<string, string | string[]>>;

/** `aws:PrincipalArn` is the role's ARN for each of its sessions: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn */
const denyAllBut = (
  sid: string,
  actions: readonly string[],
  principals: readonly string[],
  conditions: Conditions = {},
): PolicyStatement =>
  deny(sid, actions, { ArnNotLike: { 'aws:PrincipalArn': [...new Set(principals)] }, ...conditions });

const deny = (sid: string, actions: readonly string[], conditions: Conditions): PolicyStatement =>
  new PolicyStatement({
    sid,
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [...actions],
    resources: ['*'],
    conditions,
  });

const allow = (
  sid: string,
  actions: readonly string[],
  role: string,
  conditions: Readonly<Conditions> = {},
): PolicyStatement =>
  new PolicyStatement({
    sid,
    principals: [new ArnPrincipal(role)],
    actions: [...actions],
    resources: ['*'],
    conditions,
  });
