/** The rotation function of an engine, an environment and a network, and the schedules of the secrets it rotates. */
import { Duration, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { Connections, IConnectable, ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnFunction, CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnRotationSchedule, type ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct, type IDependable } from 'constructs';
import type { AutomaticRotation, DatabaseTarget, Secret } from '../../model/catalog.ts';
import { rotationTags } from '../../model/secret-tags.ts';
import {
  defaultNetwork,
  metricName,
  networkVariable,
  rotationAlarmName,
  rotationFunctionName,
  rotationRoleName,
  rotationVariables,
  stackName,
  type DatabaseEngine,
  type FunctionEnvironment,
  type RotationStrategy,
} from '../../contract/index.ts';
import { acknowledgeShared, acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page, runbookIn } from '../alarm.ts';
import { anyKey, functionArn, roleArn, type SecretNames, secretsOf } from '../arns.ts';
import { eventMetric, rotationStepFailed, sweepMetric } from '../metrics.ts';
import { closeGrants, functionGrants, roleGrants } from '../close-grants.ts';
import { FirstRotation } from '../first-rotation/first-rotation.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { AdoptedAccess } from './adopted-access.ts';
import { checkFirstRotation, checkSchedule } from './check-schedule.ts';
import { checkFunction } from './check-function.ts';
import { alarmFunction } from './function-alarms.ts';
import { checkPolicyCount } from '../policy-pages.ts';
import { ReplicaAccess } from './replica-access.ts';
import { rotationStatements } from './rotation-permissions.ts';
import {
  deployedWith,
  isNamedAtDeployment,
  serverAccess,
  serverAccessElsewhere,
  type ServerAccess,
} from './server-access.ts';
import { sweepHourly } from './sweep.ts';

export interface DatabaseRotationProps {
  readonly environment: string;
  readonly engine: DatabaseEngine;
  /**
   * How the environment's secrets are named. The policies of those with other names allow the function what it does.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /** The keys of the secrets that the function rotates; aliases will do. */
  readonly encryptionKeys: readonly IKey[];
  /**
   * Who is paged for a failing function.
   * @default - nobody
   */
  readonly alertTopic?: ITopic;
  /**
   * Address of the pages of docs/runbooks, without a slash at its end, for the alarms to name.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
  /**
   * Name of the network that the function is in. Rotations of one environment and engine have one function for each: give
   * all but one of them a name.
   * @default - the environment's default network
   */
  readonly network?: string;
  /**
   * A VPC of the function's own account and region, from which the databases are reached.
   * @default - outside a VPC
   */
  readonly vpc?: IVpc;
  /** @default - the VPC's private subnets */
  readonly vpcSubnets?: SubnetSelection;
  /** @default - a new one without inbound rules */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * PEM file of the authorities of databases that are not on RDS.
   * @default - the authorities of RDS, and the public ones
   */
  readonly certificateAuthorities?: string;
  /**
   * How many secrets rotate at once.
   * @default 5
   */
  readonly reservedConcurrency?: number;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
  /**
   * What rotates new secrets as they are created. An environment has one: give it to each of its rotations.
   * @default - one that all rotations of the environment in this stack share
   */
  readonly firstRotation?: FirstRotation;
}

/** When a secret rotates and how; the catalog's `rotation`, or the same written by hand. */
export interface RotationScheduleOptions extends Pick<
  AutomaticRotation,
  'schedule' | 'strategy' | 'graceHours' | 'admin' | 'provision'
> {
  /**
   * `at-creation`: as soon as the secret is created. `in-window`: in the first window of the schedule. A secret that
   * exists already, or whose schedule changes, is rotated in its window alone.
   * @default 'at-creation' for a generated value; 'in-window' for a supplied value and an adopted secret
   */
  readonly firstRotation?: 'at-creation' | 'in-window';
  /**
   * What must be deployed before the first rotation, in addition to what the secret's `database` refers to: a database that it
   * names by a literal, rules of security groups.
   * @default - nothing more
   */
  readonly waitFor?: readonly IDependable[];
  /**
   * Who is paged for a failed rotation of this secret.
   * @default - nobody
   */
  readonly alertTopic?: ITopic;
}

/**
 * One function rotates every secret of its engine, environment and network. Its role reaches the secrets that name this
 * very function, and no other. Every hour it discards what has outlived its grace time, and counts for
 * {@link RotationAlarms} which rotations do not end.
 *
 * @example
 * const rotation = new DatabaseRotation(stack, 'Rotation', {
 *   environment: 'prod',
 *   engine: 'postgres',
 *   encryptionKeys: [key],
 * });
 * rotation.addSchedule(ordersDb, {
 *   strategy: 'single-user',
 *   schedule: { expression: 'cron(0 2 ? * SUN *)', duration: '2h' },
 *   admin: { managedBy: 'rds' },
 *   provision: { grants: { public: 'read-write' } },
 * });
 */
export class DatabaseRotation extends Construct implements IConnectable {
  readonly function: IFunction;
  readonly role: IRole;

  readonly #props: DatabaseRotationProps;
  readonly #worker: NodeFunction;
  readonly #permission: CfnPermission;
  readonly #servers: ServerAccess;
  /** By the stack of secrets whose databases are deployed with them. */
  readonly #elsewhere = new Map<Stack, ServerAccess>();
  readonly #adopted: AdoptedAccess;
  readonly #replicas: ReplicaAccess;
  readonly #stackNames: Set<string>;

  constructor(scope: Construct, id: string, props: DatabaseRotationProps) {
    super(scope, id);
    markOwnStack(this);
    checkFunction(this, props);
    this.#props = props.network === defaultNetwork ? withoutNetwork(props) : props;
    const { environment, engine, network } = this.#props;
    this.#stackNames = new Set([stackName(environment, '*')]);
    const functionName = rotationFunctionName(environment, engine, network);
    const variables: FunctionEnvironment<typeof rotationVariables> = {
      [rotationVariables.environment]: environment,
      [rotationVariables.engine]: engine,
    };
    this.#worker = new NodeFunction(this, 'Worker', {
      entry: `rotation-${engine}`,
      functionName,
      roleName: rotationRoleName(environment, engine, network),
      description: `Rotates the ${engine} secrets of ${environment}${network === undefined ? '' : ` in network ${network}`}`,
      environment: { ...variables, ...(network !== undefined && { [networkVariable]: network }) },
      timeout,
      reservedConcurrency: props.reservedConcurrency ?? 5,
      statements: rotationStatements(this, {
        environment,
        ...(props.secretNames && { secretNames: props.secretNames }),
        engine,
        ...(network !== undefined && { network }),
        functionArn: functionArn(this, functionName),
        encryptionKeys: props.encryptionKeys,
        stackNames: this.#stackNames,
      }),
      ...(props.certificateAuthorities !== undefined && { certificateAuthorities: props.certificateAuthorities }),
      ...(props.logRetention !== undefined && { logRetention: props.logRetention }),
      ...(props.vpc && { vpc: props.vpc }),
      ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      ...(props.securityGroups && { securityGroups: props.securityGroups }),
    });
    this.function = this.#worker.function;
    this.role = closeGrants(this.#worker.role, roleGrants, 'addSchedule and serve give it what it needs');
    this.#servers = serverAccess(this, engine, this.role);
    this.#adopted = new AdoptedAccess(this, 'Adopted', this.role);
    this.#replicas = new ReplicaAccess(this, 'Replicas', environment, this.role, props.secretNames);
    this.#permission = new CfnPermission(this, 'InvokeBySecretsManager', {
      functionName: this.function.functionName,
      action: 'lambda:InvokeFunction',
      principal: 'secretsmanager.amazonaws.com',
      // Without it, a secret of any account could name this function: aws/aws-cdk#28406.
      sourceAccount: Stack.of(this).account,
    });
    this.node.addValidation({
      validate: () =>
        checkPolicyCount(
          [this, ...[...this.#elsewhere.values()].flatMap(({ rds, users }) => [rds, users])],
          functionName,
        ),
    });
    sweepHourly(this, this.function, this.#props);
    closeGrants(
      this.function,
      functionGrants,
      'Secrets Manager invokes it, and roles with an OperatorPolicy or grantRotate of a secret do',
    );
    this.#acknowledge();
    if (props.alertTopic) {
      alarmFunction(this, props.alertTopic, {
        ...this.#props,
        errors: this.metricErrors(),
        throttles: this.metricThrottles(),
        overdue: this.metricOverdue(),
      });
    }
  }

  /**
   * Rotates a secret on a schedule, in its windows alone; the first rotation of a generated secret comes as it is created.
   *
   * The secret can be in another stack: that stack is deployed after this one, and nothing is exported.
   */
  addSchedule(secret: ManagedSecret, options: RotationScheduleOptions): void {
    const { environment, engine, network } = this.#props;
    checkSchedule(this, secret, { environment, engine, strategy: options.strategy });
    const servers = this.#serversOf(secret);
    if (secret.database) this.#allow(servers, secret.database, options.strategy);
    this.serve(secret);
    for (const { region } of secret.replicas) this.#replicas.allow(region);
    secret._declareRotator(roleArn(secret, rotationRoleName(environment, engine, network)), {
      hasGrace: options.graceHours !== undefined,
      functionArn: functionArn(secret, rotationFunctionName(environment, engine, network)),
    });
    secret.addTags(rotationTags({ ...options, ...(network !== undefined && { network }) }));

    const { expression, duration } = options.schedule;
    const schedule = new CfnRotationSchedule(secret, 'RotationSchedule', {
      secretId: secret.secretArn,
      rotationLambdaArn: functionArn(secret, rotationFunctionName(environment, engine, network)),
      rotationRules: { scheduleExpression: expression, ...(duration !== undefined && { duration }) },
      // A change of the schedule, and the adoption of a secret in use, must not rotate outside of the window.
      rotateImmediatelyOnUpdate: false,
    });
    // Secrets Manager tests the function as soon as the schedule exists, and that needs all that the function may do.
    schedule.node.addDependency(
      secret._policy,
      this.#permission,
      servers.rds,
      servers.users,
      this.#adopted,
      this.#replicas,
      ...(this.#props.vpc ? this.function.connections.securityGroups : []),
      ...(secret.database ? deployedWith(secret.database) : []),
      ...(options.waitFor ?? []),
    );
    const { firstRotation = secret.generated ? 'at-creation' : 'in-window' } = options;
    if (firstRotation === 'at-creation') {
      checkFirstRotation(secret);
      this.#ensureFirstRotation().startFor(secret, schedule);
    }
    if (options.alertTopic) {
      page(secret, 'RotationFailed', options.alertTopic, {
        metric: secret.metricRotationFailed(),
        name: rotationAlarmName(secret.secretName),
        description: `A rotation step of ${secret.secretName} failed. The last good credential is still current.`,
        runbook: runbookIn(this.#props.runbooks, 'rotation-failed'),
      });
    }
  }

  /** Of a function in a VPC: `rotation.connections.allowToDefaultPort(database)` lets it connect, in whichever stack the database is. */
  get connections(): Connections {
    return this.function.connections;
  }

  /**
   * Lets the function use a secret: one that it rotates, or one that is the admin of those. An `ISecret` is an adopted one,
   * whose own policy allows the function the rest.
   */
  serve(secret: ManagedSecret | ISecret): void {
    const adopted = 'adopted' in secret ? secret.adopted : secret;
    if (adopted) this.#adopted.allow({ arn: adopted.secretArn, ...keyOf(adopted) });
    else this.#serveStack(Stack.of(secret).stackName);
  }

  /**
   * The rights that {@link addSchedule} adds, for a secret in a stack of the catalog that this synth leaves out.
   *
   * @internal
   */
  allowRotation({ database, adopted, replicas = [], value }: Secret, strategy: RotationStrategy): void {
    if (database) this.#allow(this.#servers, database, strategy);
    if (adopted) this.#adopted.allow(adopted);
    for (const region of replicas) this.#replicas.allow(region);
    if (value === 'generated' && !adopted) this.#ensureFirstRotation();
  }

  /** Failed invocations of the function: failed steps, crashes and time-outs, whatever the secret. */
  metricErrors(options?: MetricOptions): Metric {
    return this.function.metricErrors({ statistic: 'Sum', period: Duration.minutes(5), ...options });
  }

  /** Invocations of the function that were throttled: rotations wait. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.function.metricThrottles({ statistic: 'Sum', period: Duration.minutes(5), ...options });
  }

  /** Rotation steps that failed, of all secrets of the function. One secret has `ManagedSecret.metricRotationFailed`. */
  metricRotationFailed(options?: MetricOptions): Metric {
    return rotationStepFailed(this.#dimensions(), options);
  }

  /** Rights that reconciliations revoked; the log of the function says which. */
  metricRightsRevoked(options?: MetricOptions): Metric {
    return eventMetric(metricName.rightsRevoked, this.#dimensions(), options);
  }

  /** Secrets whose date of the next rotation has passed, or whose rotation is off; the function counts them every hour. */
  metricOverdue(options?: MetricOptions): Metric {
    return sweepMetric(metricName.rotationOverdue, this.#dimensions(), options);
  }

  /** Secrets whose pending version is older than a rotation takes; the function counts them every hour. */
  metricStuck(options?: MetricOptions): Metric {
    return sweepMetric(metricName.rotationStuck, this.#dimensions(), options);
  }

  /** Secrets whose old credential could not be discarded after its grace time; the function counts them every hour. */
  metricDiscardFailed(options?: MetricOptions): Metric {
    return sweepMetric(metricName.discardFailed, this.#dimensions(), options);
  }

  #dimensions(): Record<string, string> {
    const { environment, engine, network } = this.#props;
    return { environment, engine, ...(network !== undefined && { network }) };
  }

  #ensureFirstRotation(): FirstRotation {
    const { firstRotation, environment, secretNames, logRetention } = this.#props;
    if (firstRotation) return firstRotation;
    const stack = Stack.of(this);
    const id = `FirstRotationOf-${environment}`;
    const known = stack.node.tryFindChild(id);
    return known instanceof FirstRotation
      ? known
      : new FirstRotation(stack, id, {
          environment,
          ...(secretNames && { secretNames }),
          ...(logRetention !== undefined && { logRetention }),
        });
  }

  #serversOf(secret: ManagedSecret): ServerAccess {
    const { database } = secret;
    const stack = Stack.of(secret);
    if (stack === Stack.of(this) || !database || !isNamedAtDeployment(database)) return this.#servers;
    const known = this.#elsewhere.get(stack) ?? serverAccessElsewhere(secret, this.#props);
    this.#elsewhere.set(stack, known);
    return known;
  }

  #allow({ rds, users }: ServerAccess, database: DatabaseTarget, strategy: RotationStrategy): void {
    const { host } = database;
    users.allow(database);
    if ('name' in host) return;
    rds.allow(host);
    if (strategy !== 'admin') return;
    rds.allowMasterPassword(host);
    const resource = this.function.node.defaultChild;
    if (resource instanceof CfnFunction) resource.timeout = masterPasswordTimeout.toSeconds();
  }

  /** The contract's names of stacks are served already; secrets can be in a stack of another name. */
  #serveStack(name: string): void {
    if (Token.isUnresolved(name) || !name.startsWith(stackName(this.#props.environment, '')))
      this.#stackNames.add(name);
  }

  #acknowledge(): void {
    const named = 'A condition on the secret narrows the pattern:';
    acknowledgeShared(this.function, {
      LambdaDLQ:
        'Secrets Manager invokes each step, retries it and reports a failed rotation itself; a lost sweep is made up by the next.',
    });
    acknowledgeWildcards(this.#worker.policy, {
      ...Object.fromEntries(
        secretsOf(this, this.#props.environment, this.#props.secretNames).map((arn) => [
          arn,
          `${named} secrets that name this function, and admin secrets tagged for its engine.`,
        ]),
      ),
      [anyKey(this)]:
        'Keys of other stacks: aliases and the encryption context name them, and Secrets Manager alone may use them.',
      '*': 'ListSecrets has no resource-level permission.',
    });
  }
}

const keyOf = ({ encryptionKey }: ISecret): { keyArn?: string } =>
  encryptionKey ? { keyArn: encryptionKey.keyArn } : {};

const withoutNetwork = ({ network: _, ...others }: DatabaseRotationProps): DatabaseRotationProps => others;

/** Two of the four steps log in to a database; each has its own deadline well below this one. */
const timeout = Duration.minutes(2);

/** RDS takes minutes to set a master password, and setSecret waits for it. */
const masterPasswordTimeout = Duration.minutes(10);
