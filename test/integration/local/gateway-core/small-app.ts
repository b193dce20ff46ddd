/** A CDK app of one stack, for the test that bootstraps and deploys. */
import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { account, region } from './local-aws.ts';

const app = new App();
const stack = new Stack(app, 'small', { env: { account, region } });
const encryptionKey = new Key(stack, 'Key', { alias: 'alias/small', removalPolicy: RemovalPolicy.DESTROY });
const secret = new Secret(stack, 'Secret', {
  secretName: 'small/secret',
  encryptionKey,
  generateSecretString: { secretStringTemplate: '{}', generateStringKey: 'password' },
});
secret.grantRead(
  new Role(stack, 'Reader', { roleName: 'small-reader', assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') }),
);
new LambdaFunction(stack, 'Function', {
  functionName: 'small-function',
  runtime: Runtime.NODEJS_LATEST,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => "deployed"'),
});
