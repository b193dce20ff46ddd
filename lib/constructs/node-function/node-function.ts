/** A function of the platform: bundled, under its own least role, with its own log group. */
import { readFileSync } from 'node:fs';
import { type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { certificateAuthoritiesIn } from '../../catalog/source/certificate-authorities.ts';
import { authoritiesVariable } from '../../contract/index.ts';
import { acknowledgeDenials, acknowledgeShared, acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { functionArn } from '../arns.ts';
import { invalidProps } from '../invalid-props.ts';
import { functionCode } from './function-code.ts';

export interface NodeFunctionProps {
  /** Folder under `lambdas/` whose `handler.ts` exports `handler`. */
  readonly entry: string;
  readonly functionName: string;
  readonly roleName: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeout: Duration;
  /** How many may run at once: bounds what a flood costs, and what it does to the systems behind. */
  readonly reservedConcurrency: number;
  /** What the function can do, in addition to writing its log. */
  readonly statements: readonly PolicyStatement[];
  /**
   * PEM file of further authorities for databases and the SIEM, in addition to the public ones and those of RDS. AWS endpoints are
   * verified against the public ones alone.
   *
   * @default - none
   */
  readonly certificateAuthorities?: string;
  /**
   * Texts that the function reads at run time, by the names of their files next to its code in `/var/task`.
   * @default - none
   */
  readonly files?: Readonly<Record<string, string>>;
  /** @default 512 */
  readonly memoryMiB?: number;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
  /** @default - outside a VPC */
  readonly vpc?: IVpc;
  /** @default - the VPC's private subnets */
  readonly vpcSubnets?: SubnetSelection;
  /** @default - a new one without inbound rules */
  readonly securityGroups?: readonly ISecurityGroup[];
}

/**
 * An ESM bundle for Node 24 on arm64 that holds the SDK it was tested with.
 *
 * @example
 * const forwarder = new NodeFunction(stack, 'Forwarder', {
 *   entry: 'audit-deliver',
 *   functionName: 'strongroom-prod-audit-siem',
 *   roleName: 'strongroom-prod-audit-siem',
 *   description: 'Sends audit events to the SIEM',
 *   environment: {},
 *   timeout: Duration.seconds(30),
 *   reservedConcurrency: 5,
 *   statements: [],
 * });
 */
export class NodeFunction extends Construct {
  readonly function: IFunction;
  readonly role: IRole;
  readonly logGroup: LogGroup;
  /** The function's only policy. */
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'LogGroup', {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: props.logRetention ?? RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    acknowledgeShared(this.logGroup, {
      CloudWatchLogGroupEncrypted:
        'CloudWatch Logs encrypts the log with its own key; it holds no secret value, which tests with planted values hold.',
    });

    const role = new Role(this, 'Role', {
      roleName: props.roleName,
      description: props.description,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    this.role = role;
    this.policy = new ManagedPolicy(this, 'Policy', {
      description: props.description,
      roles: [role],
      statements: [this.#writeLog(), ...(props.vpc ? this.#attachToVpc(props.functionName) : []), ...props.statements],
    });

    const { certificateAuthorities } = props;
    const authorities =
      certificateAuthorities === undefined ? undefined : readAuthorities(this, certificateAuthorities);
    const handler = new LambdaFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      handler: 'index.handler',
      // The SDK is bundled, so that what is tested is what runs.
      code: functionCode(props.entry, {
        ...props.files,
        ...(authorities !== undefined && { [authoritiesFile]: authorities }),
      }),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB ?? 512,
      timeout: props.timeout,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: {
        ...props.environment,
        NODE_OPTIONS: '--enable-source-maps',
        ...(certificateAuthorities !== undefined && { [authoritiesVariable]: `/var/task/${authoritiesFile}` }),
      },
      logGroup: this.logGroup,
      // The policy above is all that the role gets: constructs that would add to it find it closed.
      role: role.withoutPolicyUpdates(),
      ...(props.vpc && { vpc: props.vpc }),
      ...(props.vpcSubnets && { vpcSubnets: props.vpcSubnets }),
      ...(props.securityGroups && { securityGroups: [...props.securityGroups] }),
    });
    handler.node.addDependency(this.policy);
    this.function = handler;
    if (props.vpc) {
      acknowledgeWildcards(this.policy, {
        '*': 'The Lambda service needs it to place the function in a VPC; a Deny keeps it from the function itself.',
      });
      acknowledgeDenials(
        this.policy,
        { actions: [], resources: ['*'] },
        "The function's own code may not touch any network interface.",
      );
    } else {
      acknowledgeShared(handler, {
        LambdaInsideVPC:
          'No network was given: the function calls AWS and TLS endpoints alone, and nothing connects to it.',
      });
    }
  }

  #writeLog(): PolicyStatement {
    return new PolicyStatement({
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [this.logGroup.logGroupArn],
    });
  }

  /** What the Lambda service needs to place the function in a VPC, and the function's own code never may. */
  #attachToVpc(functionName: string): PolicyStatement[] {
    const actions = [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ];
    return [
      new PolicyStatement({ actions, resources: ['*'] }),
      new PolicyStatement({
        effect: Effect.DENY,
        actions,
        resources: ['*'],
        // Set on calls from the function's code only: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
        conditions: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn(this, functionName) } },
      }),
    ];
  }
}

/** Checks what the catalog's loader checks, for apps without a catalog. */
const readAuthorities = (scope: Construct, file: string): string => {
  const text = readFileSync(file, 'utf8');
  const certificates = certificateAuthoritiesIn(text);
  if (typeof certificates === 'string') {
    throw invalidProps(scope, `certificateAuthorities: ${file} ${certificates}`);
  }
  return text;
};

const authoritiesFile = 'certificate-authorities.pem';
