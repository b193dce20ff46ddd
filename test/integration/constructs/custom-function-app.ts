/** A CDK app of a secret that a function of somebody else's rotates. What to make is in CUSTOM_FUNCTION. */
import { App, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { EncryptionKey, FunctionRotation, ManagedSecret, OperatorPolicy, RotationWatch } from '../../../lib/index.ts';

export interface CustomFunctionRequest {
  readonly account: string;
  readonly region: string;
  readonly functionArn: string;
  readonly roleArn: string;
}

const { account, region, functionArn, roleArn } = JSON.parse(
  process.env['CUSTOM_FUNCTION'] ?? '',
) as CustomFunctionRequest;
const stack = new Stack(new App(), 'custom-function', { env: { account, region } });
const { key } = new EncryptionKey(stack, 'Key', { environment: 'dev', sensitivity: 'standard' });
const rotate = Function.fromFunctionAttributes(stack, 'Function', { functionArn, sameEnvironment: true });
const operator = new Role(stack, 'Operator', {
  roleName: 'operator',
  assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
});
const operators = new OperatorPolicy(stack, 'Operators', {
  environment: 'dev',
  encryptionKeys: [key],
  customFunctions: [rotate],
});
operator.addManagedPolicy(operators.policy);
const secretOf = (name: string, rotatedManually?: string): ManagedSecret =>
  new ManagedSecret(stack, name, {
    environment: 'dev',
    application: 'payments',
    name,
    class: 'api-key',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: key,
    operators: [operator],
    ...(rotatedManually !== undefined && { rotatedManually }),
  });
new FunctionRotation(stack, 'Rotation', {
  function: rotate,
  role: Role.fromRoleArn(stack, 'Role', roleArn),
  watch: new RotationWatch(stack, 'Watch', { environment: 'dev' }),
}).addSchedule(secretOf('stripe'), { schedule: { expression: 'rate(30 days)' } });
secretOf('other', 'a test');
