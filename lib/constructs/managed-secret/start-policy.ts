/** What a role needs in its own policy to start a rotation. */
import { Lazy, Stack } from 'aws-cdk-lib';
import { type Grant, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct, DependencyGroup } from 'constructs';
import type { Statement } from '../../reader-policies/reader-policy.ts';
import { secretNamed } from '../arns.ts';
import { checkPolicyCountOfStarter, PolicyPages } from '../policy-pages.ts';
import { asScheduled, startActions } from '../secret-actions.ts';
import type { RoleConstruct } from './grantee.ts';
import type { ManagedSecret } from './managed-secret.ts';
import { grantOfPrincipal } from './written-grant.ts';

/** By role: each policy has two statements for a secret. */
const policies = new WeakMap<RoleConstruct, PolicyPages<ManagedPolicy>>();

/** @param rotationFunction - ARN of the function, which is known once the secret has a schedule. */
export const grantStart = (
  role: RoleConstruct,
  secret: ManagedSecret,
  rotationFunction: () => string | undefined,
): Grant => {
  const pages = policies.get(role) ?? createPages(role);
  policies.set(role, pages);
  const policy = pages.pageFor(arnsOfTwoStatements);
  const isElsewhere = Stack.of(secret) !== Stack.of(role);
  const { secretName, secretArn, adopted } = secret;
  const statements: Statement[] = [
    {
      Effect: 'Allow',
      Action: startActions,
      Resource: [isElsewhere && !adopted ? secretNamed(secret, secretName) : secretArn],
      Condition: asScheduled,
    },
    {
      Effect: 'Allow',
      // RotateSecret asks its caller for this right, too.
      Action: ['lambda:InvokeFunction'],
      Resource: [Lazy.string({ produce: rotationFunction })],
    },
  ];
  policy.addStatements(...statements.map((one) => PolicyStatement.fromJson(one)));
  secret.node.addValidation({
    validate: () =>
      rotationFunction() === undefined
        ? [
            `${secretName} is granted to ${role.node.path} to rotate, and has no schedule: call addSchedule of a rotation`,
          ]
        : [],
  });
  return grantOfPrincipal(role, statements, new DependencyGroup(policy, secret._policy));
};

const arnsOfTwoStatements = 5;

const createPages = (role: RoleConstruct): PolicyPages<ManagedPolicy> => {
  const scope = new Construct(role, 'StartRotations');
  scope.node.addValidation({ validate: () => checkPolicyCountOfStarter([role], role.node.path) });
  return new PolicyPages(
    (id) => new ManagedPolicy(scope, id, { description: `Starts rotations, for ${role.node.id}`, roles: [role] }),
  );
};
