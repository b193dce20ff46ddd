/** A function of the platform: bundled, under its own least role, with its own log group. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { Effect, ManagedPolicy, PolicyStatement, Role, ServicePrincipal, type IRole } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat, type ICommandHooks } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from '../../policy/acknowledge.ts';
import { functionArn } from '../arns.ts';

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
  /** What the function may do, beside writing its log. */
  readonly statements: readonly PolicyStatement[];
  /**
   * PEM file of further authorities that the function trusts, beside the public ones and those of RDS.
   * @default - none
   */
  readonly certificateAuthorities?: string;
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

/** The functions' sources are bundled from the package's root, wherever the app runs. */
const packageRoot = join(import.meta.dirname, '..', '..', '..');

/**
 * An ESM bundle for Node 24 on arm64 that holds the SDK it was tested with.
 *
 * @example
 * const forwarder = new NodeFunction(stack, 'Forwarder', {
 *   entry: 'audit',
 *   functionName: 'strongroom-prod-audit-forwarder',
 *   roleName: 'strongroom-prod-audit-forwarder',
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
    acknowledge(this.logGroup, {
      'NIST.800.53.R5-CloudWatchLogGroupEncrypted':
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

    const handler = new NodejsFunction(this, 'Function', {
      functionName: props.functionName,
      description: props.description,
      entry: entryFile(props.entry),
      projectRoot: packageRoot,
      // Read only for modules that are installed beside a bundle, of which there are none: any file will do.
      depsLockFilePath: entryFile(props.entry),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB ?? 512,
      timeout: props.timeout,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: {
        ...props.environment,
        NODE_OPTIONS: '--enable-source-maps',
        ...(props.certificateAuthorities !== undefined && { NODE_EXTRA_CA_CERTS: `/var/task/${authoritiesFile}` }),
      },
      logGroup: this.logGroup,
      // The policy above is all that the role gets: constructs that would add to it find it closed.
      role: role.withoutPolicyUpdates(),
      awsSdkConnectionReuse: false,
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        mainFields: ['module', 'main'],
        // The SDK is bundled, so that what is tested is what runs.
        externalModules: [],
        logLevel: LogLevel.WARNING,
        ...(props.certificateAuthorities !== undefined && {
          commandHooks: copyInto(authoritiesFile, props.certificateAuthorities),
        }),
        // CommonJS drivers in an ESM bundle call require.
        banner: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
      },
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
    } else {
      acknowledge(handler, {
        'NIST.800.53.R5-LambdaInsideVPC':
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

const authoritiesFile = 'certificate-authorities.pem';

/** Copies a file beside the bundle; its content is part of the asset's hash. */
const copyInto = (name: string, source: string): ICommandHooks => ({
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (_input, output) => [`cp "${resolve(source)}" "${join(output, name)}"`],
});

const entryFile = (entry: string): string => {
  const source = join(packageRoot, 'lambdas', entry, 'handler.ts');
  return existsSync(source) ? source : source.replace(/\.ts$/, '.js');
};
