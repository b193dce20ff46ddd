/** Counts every hour which rotations by functions of your own are stuck or overdue. */
import { ArnFormat, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { CfnRule, Schedule } from 'aws-cdk-lib/aws-events';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import {
  type FunctionEnvironment,
  rotationWatchName,
  secretTag,
  type WatchedSecret,
  type WatchRequest,
  watchVariables,
} from '../../contract/index.ts';
import type { RotationSchedule } from '../../model/catalog.ts';
import { acknowledgeShared } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { page, pageSilence, runbookIn } from '../alarm.ts';
import { functionArn, roleArn } from '../arns.ts';
import { closeGrants, functionGrants, roleGrants } from '../close-grants.ts';
import type { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { overdueAfterHours } from './overdue-after.ts';

export interface RotationWatchProps {
  readonly environment: string;
  /**
   * Who is paged if the watch fails or stops.
   * @default - nobody
   */
  readonly alertTopic?: ITopic;
  /**
   * Address of the pages of docs/runbooks, without a slash at its end.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

export interface WatchOptions {
  readonly schedule: RotationSchedule;
  /**
   * Hours between two rotations at most. A secret without a successful rotation for that time and a window is overdue.
   * @default - the time of a `rate`; with a cron expression, only the date of the next rotation counts
   */
  readonly everyHours?: number;
}

/**
 * One function per environment. It reads the descriptions of the secrets that are added, never a value: the policy of each
 * secret allows its role `DescribeSecret`, and the role has no other right. {@link RotationAlarms} page what it counts.
 *
 * @example
 * declare const fn: IFunction;
 * declare const role: IRole;
 * const watch = new RotationWatch(stack, 'RotationWatch', { environment: 'prod' });
 * new FunctionRotation(stack, 'StripeRotation', { function: fn, role, watch });
 */
export class RotationWatch extends Construct {
  readonly function: IFunction;
  readonly role: IRole;
  readonly #environment: string;
  readonly #permission: CfnPermission;
  readonly #groups = new Map<string, Group>();

  constructor(scope: Construct, id: string, { environment, alertTopic, runbooks, logRetention }: RotationWatchProps) {
    super(scope, id);
    markOwnStack(this);
    this.#environment = environment;
    const name = rotationWatchName(environment);
    const variables: FunctionEnvironment<typeof watchVariables> = { [watchVariables.environment]: environment };
    const worker = new NodeFunction(this, 'Worker', {
      entry: 'rotation-watch',
      functionName: name,
      roleName: name,
      description: `Watches rotations by functions of the organisation in ${environment}`,
      environment: variables,
      timeout: Duration.minutes(2),
      reservedConcurrency: 5,
      statements: [],
      ...(logRetention !== undefined && { logRetention }),
    });
    this.function = closeGrants(worker.function, functionGrants, 'the hourly rules invoke it');
    this.role = closeGrants(worker.role, roleGrants, 'the policies of the secrets give it what it needs');
    const { account } = Stack.of(this);
    // The policy of a function has no room for one statement per application.
    this.#permission = new CfnPermission(this, 'InvokeBySchedules', {
      functionName: this.function.functionName,
      action: 'lambda:InvokeFunction',
      principal: 'events.amazonaws.com',
      sourceAccount: account,
      sourceArn: Stack.of(this).formatArn({
        service: 'events',
        resource: 'rule',
        resourceName: `${name}-*`,
        arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
      }),
    });
    acknowledgeShared(this.function, { LambdaDLQ: 'The next hour counts again: a lost count is made up by it.' });
    if (alertTopic) this.#alarm(alertTopic, name, runbooks);
  }

  /** Counts a secret every hour, under its application. */
  add(secret: ManagedSecret, options: WatchOptions): void {
    secret._declareWatch(roleArn(secret, rotationWatchName(this.#environment)));
    const overdueAfter = overdueAfterHours(options);
    const watched: WatchedSecret = {
      arn: secret.secretArn,
      ...(overdueAfter !== undefined && { overdueAfterHours: overdueAfter }),
    };
    this.#groupFor(secret).push(watched);
  }

  #groupFor(secret: ManagedSecret): WatchedSecret[] {
    const stack = Stack.of(secret);
    const application = secret.tags[secretTag.application] ?? '';
    const key = `${stack.node.path}/${application}`;
    const size = secret.secretName.length + lengthBesideName;
    const known = this.#groups.get(key);
    if (known && known.size + size <= maximumInput) {
      known.size += size;
      return known.secrets;
    }
    const number = (known?.number ?? 0) + 1;
    const secrets: WatchedSecret[] = [];
    this.#schedule(stack, `RotationWatch-${application}${number === 1 ? '' : `-${number}`}`, { application, secrets });
    this.#groups.set(key, { number, size: lengthBesideName + size, secrets });
    return secrets;
  }

  #schedule(stack: Stack, id: string, request: WatchRequest): void {
    const scope = new Construct(stack, id);
    const name = rotationWatchName(this.#environment);
    const rule = new CfnRule(scope, 'Rule', {
      // Its beginning lets it invoke the function.
      name: `${name}-${scope.node.addr.slice(-12)}`,
      description: `Counts stuck and overdue rotations of ${this.#environment}/${request.application} every hour`,
      scheduleExpression: Schedule.rate(Duration.hours(1)).expressionString,
      targets: [
        {
          id: 'Watch',
          arn: functionArn(scope, name),
          // Secrets are added to it until the synth.
          input: Lazy.uncachedString({ produce: () => stack.toJsonString(request) }),
          retryPolicy: { maximumEventAgeInSeconds: 1800, maximumRetryAttempts: 2 },
        },
      ],
    });
    if (Stack.of(this) !== stack) stack.addStackDependency(Stack.of(this));
    else rule.node.addDependency(this.#permission);
  }

  #alarm(topic: ITopic, name: string, runbooks: string | undefined): void {
    const subject = `The watch of rotations by functions of the organisation in ${this.#environment}`;
    const runbook = runbookIn(runbooks, 'README');
    page(this, 'Errors', topic, {
      metric: this.function.metricErrors({ statistic: 'Sum', period: Duration.minutes(5) }),
      name: `${name}-errors`,
      description: `${subject} fails, crashes or times out.`,
      runbook,
    });
    pageSilence(this, 'Silent', topic, {
      metric: this.function.metricInvocations({ period: Duration.hours(1) }),
      name: `${name}-silent`,
      description: `${subject} has counted nothing for three hours: no alarm would report a stuck or overdue rotation.`,
      runbook,
    });
  }
}

interface Group {
  /** Of the rule, from 1. */
  readonly number: number;
  readonly secrets: WatchedSecret[];
  /** Characters of the input, at most. */
  size: number;
}

/** https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
const maximumInput = 8192;

/** Of an ARN with six characters, the number and the punctuation; also of the request without secrets. */
const lengthBesideName = 160;
