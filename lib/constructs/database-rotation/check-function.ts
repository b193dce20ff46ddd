/** Refuses a rotation function that would not deploy, or whose name is taken. */
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { rotationFunctionName } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { DatabaseRotationProps } from './database-rotation.ts';

export const checkFunction = (scope: Construct, props: DatabaseRotationProps): void => {
  const { environment, engine, network } = props;
  if (network !== undefined && !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(network)) {
    throw invalidProps(
      scope,
      `network can't be "${network}": write lower-case letters, digits and single hyphens, such as "data"`,
    );
  }
  const name = rotationFunctionName(environment, engine, network);
  if (name.length > longestName) {
    throw invalidProps(
      scope,
      `makes the function ${name} of ${name.length} characters, and AWS takes ${longestName}: write a shorter network`,
    );
  }
  checkPlace(scope, props);
  claim(scope, name);
};

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const longestName = 64;

const checkPlace = (scope: Construct, { vpc }: DatabaseRotationProps): void => {
  if (!vpc) return;
  const own = Stack.of(scope);
  const differs = (a: string, b: string): boolean => !Token.isUnresolved(a) && !Token.isUnresolved(b) && a !== b;
  const { account, region } = vpc.env;
  if (!differs(account, own.account) && !differs(region, own.region)) return;
  throw invalidProps(
    scope,
    `vpc is in ${account}/${region}, and the function in ${own.account}/${own.region}: a function runs in a VPC of its own ` +
      'account and region; connect the two VPCs, by peering or a transit gateway, and give the one of the function',
  );
};

/** By the app, the names that are taken. */
const claimed = new WeakMap<IConstruct, Map<string, string>>();

/** Two functions of one name fail in the middle of a deployment. */
const claim = (scope: Construct, name: string): void => {
  const { account, region } = Stack.of(scope);
  const names = claimed.get(scope.node.root) ?? new Map<string, string>();
  claimed.set(scope.node.root, names);
  const place = [account, region, name].join(' ');
  const owner = names.get(place);
  if (owner !== undefined) {
    throw invalidProps(
      scope,
      `makes the function ${name}, which is that of ${owner} too: use that one for the secrets of the same VPC, and give ` +
        'the rotation of another VPC a network',
    );
  }
  names.set(place, scope.node.path);
};
