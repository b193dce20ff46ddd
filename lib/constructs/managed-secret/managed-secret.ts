/** A secret under the three fences: its readers' policies, its own policy, and its key's policy. */
import { Lazy, RemovalPolicy, Resource, Stack, Token, Tokenization } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Grant, IGrantable, IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import { CfnResourcePolicy, CfnSecret, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { DatabaseTarget, GeneratedShape } from '../../model/catalog.ts';
import { declaredTags, type SecretTags } from '../../model/secret-tags.ts';
import {
  breakGlassRoleName,
  keyAlias,
  rotationRoleName,
  secretTag,
  type DatabaseEngine,
  type SecretClass,
  type Sensitivity,
} from '../../contract/index.ts';
import { acknowledgeItself, acknowledgeManualRotation } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { roleArn, type SecretNames } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import { keyId } from '../key-usage.ts';
import { rotationStepFailed } from '../metrics.ts';
import { arnOf, type RoleOrPermissionSet } from '../role-or-permission-set.ts';
import {
  otherAccountStatements,
  type Reader,
  type ReaderAccess,
  type SecretAccess,
  type SecretFences,
} from './access-policy.ts';
import { checkKey } from './check-key.ts';
import { checkPolicySize, checkProps, checkReader } from './check-props.ts';
import { fullNameOf, isApart } from './full-name.ts';
import { checkTags } from './check-tags.ts';
import { executionRoleOf } from './execution-role.ts';
import { policyFor, policySizeFor } from './shared-policies.ts';
import { generatedBlock, generatedValue } from './generated-value.ts';
import { readerOf } from './declared-reader.ts';
import { roleOfGrantee } from './grantee.ts';
import { ImportedSecret, type ManagedSecretAttributes } from './imported-secret.ts';
import { closedReference, valueFrom } from './reference.ts';
import type { IManagedSecret } from './secret-interface.ts';
import { grantStart } from './start-policy.ts';

export type { IManagedSecret, ManagedSecretAttributes, SecretFences };

export interface ManagedSecretProps {
  /** First word of the secret's name, where it has no {@link ManagedSecretProps.secretName}. */
  readonly environment: string;
  /** Second word of the secret's name. */
  readonly application: string;
  /** Third word of the secret's name. */
  readonly name: string;
  /**
   * Name in Secrets Manager.
   * @default `<environment>/<application>/<name>`
   */
  readonly secretName?: string;
  /**
   * How the environment's secrets are named, this one among them: the same for its keys, roles and rotations.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  readonly class: SecretClass;
  /** Team that answers for the secret. */
  readonly owner: string;
  /** Name of the contact for the secret's alarms. */
  readonly contact: string;
  /** The key of the environment and sensitivity; an alias will do. */
  readonly encryptionKey: IKey;
  /** @default 'standard' */
  readonly sensitivity?: Sensitivity;
  /** @default - none */
  readonly description?: string;
  /**
   * `generated`: by Secrets Manager at creation, never again by a deploy. `supplied`: the secret is created without a
   * value, an operator puts it.
   * @default 'generated'
   */
  readonly value?: 'generated' | 'supplied';
  /**
   * What is generated, in place of what the class says. Never change it once deployed: the secret gets a new value.
   * @default - the block of the class
   */
  readonly generate?: GeneratedShape;
  /**
   * Which user of which database the secret is for.
   * @default - none; needed for class `database`, refused for the others
   */
  readonly database?: DatabaseTarget;
  /**
   * The engine whose rotation function reads this secret to administrate other users.
   * @default - it administrates none
   */
  readonly adminFor?: DatabaseEngine;
  /**
   * Network of the rotation function of {@link adminFor}: `network` of its `DatabaseRotation`.
   * @default - the default network
   */
  readonly adminForNetwork?: string;
  /**
   * Roles that start a rotation, and put the value where it is supplied. They can't read it.
   * @default - none
   */
  readonly operators?: readonly IRole[];
  /**
   * Why no schedule rotates the secret. Without it, a secret that has no schedule fails the synth.
   * @default - a schedule rotates it, see `DatabaseRotation.addSchedule`
   */
  readonly rotatedManually?: string;
  /**
   * Who changes the secret and its policy.
   * @default - the CloudFormation execution role of `cdk bootstrap` that deploys the stack
   */
  readonly deployers?: readonly RoleOrPermissionSet[];
  /**
   * Conditions of every access, in addition to the policies.
   * @default - nothing more
   */
  readonly fences?: SecretFences;
  /**
   * An existing secret by its complete ARN, as `Secret.fromSecretAttributes` gives it, with its key if that is not the AWS
   * managed one. It keeps its name, value, key and tags, and gets the fences and the schedule. Set
   * {@link ManagedSecret.tags} on it by hand.
   * @default - the secret is created
   */
  readonly adopted?: ISecret;
  /**
   * Regions with a replica, each under the environment's key of that region.
   * @default - none
   */
  readonly replicas?: readonly string[];
}

/** A copy of a secret in another region, which has its policy and its tags. */
export interface Replica {
  readonly region: string;
  /** Alias of its key, in that region. */
  readonly keyAlias: string;
}

/**
 * A secret named `<environment>/<application>/<name>`, or as you say, that is retained when its stack is deleted. Only principals
 * that its declaration names can read or write it.
 *
 * @example
 * const ordersDb = new ManagedSecret(stack, 'OrdersDb', {
 *   environment: 'prod',
 *   application: 'payments',
 *   name: 'orders-db',
 *   class: 'database',
 *   owner: 'team-payments',
 *   contact: 'payments-oncall',
 *   encryptionKey: key,
 *   database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: 'payments_orders' },
 * });
 */
export class ManagedSecret extends Resource implements IManagedSecret {
  /**
   * A secret of another app.
   *
   * @throws ValidationError for a partial ARN, an ARN of another account or region, and keys that are not known
   */
  static fromManagedSecretAttributes(scope: Construct, id: string, attrs: ManagedSecretAttributes): IManagedSecret {
    return new ImportedSecret(scope, id, attrs);
  }

  readonly secret: ISecret;
  readonly secretArn: string;
  /** `<environment>/<application>/<name>`, or the name that it has been given. */
  readonly secretName: string;
  readonly environment: string;
  /** Of an adopted secret, its own key. */
  readonly encryptionKey: IKey;
  readonly database: DatabaseTarget | undefined;
  readonly adopted: ISecret | undefined;
  readonly replicas: readonly Replica[];
  /**
   * What depends on it is deployed after the secret is fenced.
   *
   * @internal
   */
  readonly _policy: CfnResourcePolicy;

  readonly #props: ManagedSecretProps;
  /** Nothing where the secret is adopted. */
  readonly #resource: CfnSecret | undefined;
  /** Whether the policies of the platform's roles name it by no beginning of names. */
  readonly #isApart: boolean;
  readonly #tags = new Map<string, string>();
  readonly #readers: Reader[] = [];
  readonly #starters: string[] = [];
  #rotator: string | undefined;
  #customRotator: string | undefined;
  #starter: string | undefined;
  #watch: string | undefined;
  /** ARN. */
  #rotationFunction: string | undefined;
  #failed: ((options?: MetricOptions) => Metric) | undefined;
  #hasGrace = false;

  constructor(scope: Construct, id: string, props: ManagedSecretProps) {
    super(scope, id);
    markOwnStack(this);
    checkProps(this, props);
    this.#props = props;
    const { environment, adopted, sensitivity = 'standard', replicas = [] } = props;
    this.environment = environment;
    this.database = props.database;
    this.adopted = adopted;
    this.replicas = replicas.map((region) => ({ region, keyAlias: keyAlias(environment, sensitivity) }));
    this.secretName = fullNameOf(props);
    this.#isApart = !adopted && isApart(props, this.secretName);
    this.encryptionKey = adopted
      ? (adopted.encryptionKey ?? Alias.fromAliasName(this, 'OwnKey', 'alias/aws/secretsmanager'))
      : props.encryptionKey;
    if (adopted) {
      this.secretArn = adopted.secretArn;
    } else {
      this.#resource = this.#create(props);
      this.secretArn = this.#resource.attrId;
    }
    this.addTags({ ...declaredTags(props), ...portTag(props.database) });
    this.secret = closedReference(this);
    this._policy = new CfnResourcePolicy(this, 'Policy', {
      secretId: this.secretArn,
      blockPublicPolicy: true,
      resourcePolicy: Lazy.uncachedAny({ produce: (context) => policyFor(this, this.#access(), context) }),
    });
    // A secret that stays without its fence would be open to every policy of the account.
    this._policy.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    acknowledgeItself(this._policy, 'secret');
    this.node.addValidation({
      validate: () => [
        ...checkPolicySize(this.secretName, policySizeFor(this, this.#access()), {
          readers: this.#readers.length,
          starters: this.#starters.length,
        }),
        ...this.#readers.flatMap((reader) => checkKey(this, reader)),
      ],
    });
  }

  /** Tags of the contract: a deploy sets them, but not on an adopted secret. */
  get tags(): SecretTags {
    return Object.fromEntries(this.#tags);
  }

  grantRead(grantee: IGrantable): Grant {
    return readerOf(this, grantee).grant(grantee, this, false);
  }

  grantReadPending(grantee: IGrantable): Grant {
    return readerOf(this, grantee).grant(grantee, this, true);
  }

  grantRotate(grantee: IGrantable): Grant {
    const role = roleOfGrantee(this, this.secretName, grantee);
    this.#starters.push(role.roleArn);
    return grantStart(role, this, () => this.#rotationFunction);
  }

  metricRotationFailed(options?: MetricOptions): Metric {
    if (this.#failed) return this.#failed(options);
    if (this.database) return rotationStepFailed({ secret: this.secretName }, options);
    throw invalidProps(
      this,
      `${this.secretName} has no metric of failed rotations: add a schedule of a FunctionRotation with an alertTopic first`,
    );
  }

  /**
   * Names a principal that may read the value. It needs permission in its own policy too: see {@link DeclaredReader}.
   *
   * @param arn - of the role; `*` and `?` are wildcards.
   * @internal
   */
  _declareReader(arn: string, { network, pending, byVersion = false, account, people = false }: ReaderAccess): void {
    const isOther = account !== undefined && account !== Stack.of(this).account;
    if (isOther) checkReader(this, this.#props, arn);
    this.#readers.push({ arn, network, pending, byVersion, people, ...(isOther && { account }) });
  }

  /**
   * The statement that allows a reader of another account to read.
   *
   * @internal
   */
  _statementFor(account: string, arn: string): PolicyStatement | undefined {
    const readers = this.#readers.filter((reader) => reader.account === account && reader.arn === arn).slice(0, 1);
    return otherAccountStatements({ readers, fences: this.#props.fences ?? {} })[0];
  }

  /**
   * Names the role that may write new values and move the labels.
   *
   * @internal
   */
  _declareRotator(arn: string, { hasGrace = false, functionArn }: RotatorOptions = {}): void {
    this.#rotator = arn;
    this.#hasGrace = hasGrace;
    this.#rotationFunction = functionArn;
  }

  /**
   * Names the role of a rotation function of your own.
   *
   * @internal
   */
  _declareCustomRotator(arn: string, functionArn: string): void {
    this.#customRotator = arn;
    this.#rotationFunction = functionArn;
  }

  /**
   * What counts rotations that failed, where it is not the function of Strongroom.
   *
   * @internal
   */
  _countFailuresBy(metric: (options?: MetricOptions) => Metric): void {
    this.#failed = metric;
  }

  /**
   * Names the role of the function that starts the first rotation.
   *
   * @internal
   */
  _declareStarter(arn: string): void {
    this.#starter = arn;
  }

  /**
   * Names the role that may describe the secret to watch its rotations.
   *
   * @internal
   */
  _declareWatch(arn: string): void {
    this.#watch = arn;
  }

  /** Whether Secrets Manager generates the value as the secret is created. */
  get generated(): boolean {
    return !this.adopted && (this.#props.value ?? 'generated') === 'generated';
  }

  valueFrom(key?: string): string {
    return valueFrom(this, key);
  }

  /** Sets tags of the contract. */
  addTags(tags: SecretTags): void {
    checkTags(this, tags);
    for (const [key, value] of Object.entries(tags)) {
      this.#tags.set(key, value);
      this.#resource?.tags.setTag(key, value);
    }
  }

  #create({
    class: secretClass,
    generate,
    description,
    encryptionKey,
    rotatedManually,
  }: ManagedSecretProps): CfnSecret {
    const block = generate ? generatedBlock(generate) : generatedValue[secretClass];
    const generated = this.generated ? block : undefined;
    const resource = new CfnSecret(this, 'Secret', {
      name: this.secretName,
      kmsKeyId: keyId(encryptionKey),
      ...(description !== undefined && { description }),
      ...(generated && { generateSecretString: generated }),
      ...(this.replicas.length > 0 && {
        replicaRegions: this.replicas.map(({ region, keyAlias: kmsKeyId }) => ({ region, kmsKeyId })),
      }),
    });
    resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    if (rotatedManually !== undefined) acknowledgeManualRotation(resource, rotatedManually);
    return resource;
  }

  #access(): SecretAccess {
    const { environment, adminFor, adminForNetwork, value, deployers, fences = {} } = this.#props;
    const operators = (this.#props.operators ?? []).map((role) => role.roleArn);
    return {
      readers: this.#readers,
      ...(this.#rotator !== undefined && { rotator: this.#rotator }),
      ...(this.#customRotator !== undefined && { customRotator: this.#customRotator }),
      ...(this.#starter !== undefined && { starter: this.#starter }),
      ...(this.#watch !== undefined && {
        watch: {
          role: this.#watch,
          ...(this.replicas.length > 0 && { replicatedFrom: Stack.of(this).region }),
        },
      }),
      ...(adminFor && { administrator: roleArn(this, rotationRoleName(environment, adminFor, adminForNetwork)) }),
      hasGrace: this.#hasGrace,
      writers: value === 'supplied' ? operators : [],
      operators: [...operators, ...this.#starters],
      deployers: deployers?.map((one) => arnOf(this, one)) ?? [executionRoleOf(this)],
      breakGlass: roleArn(this, breakGlassRoleName(environment)),
      root: Stack.of(this).formatArn({ service: 'iam', region: '', resource: 'root' }),
      fences,
      ...(this.adopted && { apart: { as: 'Adopted' } as const }),
      ...(this.#isApart && {
        apart: {
          as: 'Named',
          ...(this.replicas.length > 0 && { replicatedFrom: Stack.of(this).region }),
        } as const,
      }),
    };
  }
}

interface RotatorOptions {
  /** Whether the value before the current one stays valid for a time, so readers may read it. */
  readonly hasGrace?: boolean;
  /** ARN of the rotation function. */
  readonly functionArn?: string;
}

/** The port of a database that is deployed with the secret is a number that CloudFormation has yet to fill in. */
const portTag = (database: DatabaseTarget | undefined): SecretTags =>
  database?.port !== undefined && Token.isUnresolved(database.port)
    ? { [secretTag.port]: Tokenization.stringifyNumber(database.port) }
    : {};
