/** Starts the first rotation of generated secrets as they are created, and of no other at no other time. */
import { CustomResource, Duration, Lazy, Stack, Token } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement, type IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnRotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { firstRotationName, stackName } from '../../contract/index.ts';
import { acknowledgeShared, acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { functionArn, roleArn, rotationFunctionsOf, type SecretNames, secretsOf } from '../arns.ts';
import { closeGrants, functionGrants, roleGrants } from '../close-grants.ts';
import { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { asScheduled, startActions } from '../secret-actions.ts';

export interface FirstRotationProps {
  readonly environment: string;
  /**
   * How the environment's secrets are named. The policies of those with other names allow the function what it does.
   * @default - they start with `<environment>/`
   */
  readonly secretNames?: SecretNames;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

/**
 * One function for an environment. A schedule never rotates at a deployment, since CloudFormation can't tell the creation
 * of a schedule from its change: this function rotates what is new, once.
 *
 * @example
 * const firstRotation = new FirstRotation(stack, 'FirstRotation', { environment: 'prod' });
 * new DatabaseRotation(stack, 'Rotation', { environment: 'prod', engine: 'postgres', encryptionKeys: [key], firstRotation });
 */
export class FirstRotation extends Construct {
  readonly function: IFunction;
  readonly role: IRole;
  readonly #environment: string;
  readonly #worker: NodeFunction;
  readonly #stackNames: Set<string>;
  readonly #byStack = new Map<Stack, CfnRotationSchedule[]>();

  constructor(scope: Construct, id: string, { environment, secretNames, logRetention }: FirstRotationProps) {
    super(scope, id);
    markOwnStack(this);
    this.#environment = environment;
    this.#stackNames = new Set([stackName(environment, '*')]);
    const name = firstRotationName(environment);
    const secrets = secretsOf(this, environment, secretNames);
    const functions = rotationFunctionsOf(this, environment);
    this.#worker = new NodeFunction(this, 'Worker', {
      entry: 'first-rotation',
      functionName: name,
      roleName: name,
      description: `Starts the first rotation of new secrets of ${environment}`,
      environment: {},
      timeout: Duration.minutes(10),
      reservedConcurrency: 5,
      statements: [
        new PolicyStatement({
          actions: [...startActions],
          resources: secrets,
          conditions: {
            StringLike: {
              'aws:ResourceTag/aws:cloudformation:stack-name': Lazy.list({ produce: () => [...this.#stackNames] }),
            },
            ...asScheduled,
          },
        }),
        new PolicyStatement({
          // RotateSecret asks its caller for this right, too.
          actions: ['lambda:InvokeFunction'],
          resources: [functions],
        }),
      ],
      ...(logRetention !== undefined && { logRetention }),
    });
    this.function = closeGrants(this.#worker.function, functionGrants, 'CloudFormation invokes it for new secrets');
    this.role = closeGrants(this.#worker.role, roleGrants, 'its policy is complete');
    acknowledgeShared(this.function, {
      LambdaDLQ: 'CloudFormation waits for the answer of the function and fails the deployment without it.',
    });
    acknowledgeWildcards(this.#worker.policy, {
      ...Object.fromEntries(
        secrets.map((arn) => [
          arn,
          "A condition narrows the pattern to secrets of our stacks; the secrets' own policies say which.",
        ]),
      ),
      [functions]: 'One function for each engine, which come and go with the catalog.',
    });
  }

  /** Failed invocations of the function: a deployment that waits for it fails. */
  metricErrors(options?: MetricOptions): Metric {
    return this.function.metricErrors({ statistic: 'Sum', period: Duration.minutes(5), ...options });
  }

  /** Invocations of the function that were throttled: deployments wait. */
  metricThrottles(options?: MetricOptions): Metric {
    return this.function.metricThrottles({ statistic: 'Sum', period: Duration.minutes(5), ...options });
  }

  /** Rotates a generated secret as it is created. Call it after the schedule is made. */
  startFor(secret: ManagedSecret, schedule: CfnRotationSchedule): void {
    secret._declareStarter(roleArn(secret, firstRotationName(this.#environment)));
    const stack = Stack.of(secret);
    this.#serveStack(stack.stackName);
    const known = this.#byStack.get(stack);
    if (known) known.push(schedule);
    else this.#byStack.set(stack, this.#startIn(stack, [schedule]));
  }

  /** The pattern serves the contract's names of stacks already: of some hundred, each by its name is more than a policy holds. */
  #serveStack(name: string): void {
    if (Token.isUnresolved(name) || !name.startsWith(stackName(this.#environment, ''))) this.#stackNames.add(name);
  }

  /** One resource for a stack: CloudFormation updates it as soon as the stack has another secret. */
  #startIn(stack: Stack, schedules: CfnRotationSchedule[]): CfnRotationSchedule[] {
    const resource = new CustomResource(stack, `FirstRotation-${this.#environment}`, {
      serviceToken: functionArn(stack, firstRotationName(this.#environment)),
      resourceType: 'Custom::StrongroomFirstRotation',
      properties: {
        // The schedule's Ref is the ARN of its secret: the schedule, and the policy before it, come first.
        ScheduledSecrets: Lazy.list({ produce: () => schedules.map(({ ref }) => ref) }),
        GeneratedSecrets: Lazy.list({ produce: () => generatedIn(stack, this.#environment) }),
      },
    });
    resource.node.addDependency(this.function, this.#worker.policy);
    return schedules;
  }
}

/** Those without a schedule, too: once they get one, they are not new. */
const generatedIn = (stack: Stack, environment: string): string[] =>
  stack.node
    .findAll()
    .filter((one) => one instanceof ManagedSecret)
    .filter((secret) => Stack.of(secret) === stack && secret.environment === environment && secret.generated)
    .map(({ secretArn }) => secretArn);
