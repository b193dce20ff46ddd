/** How the names of what Strongroom deploys begin, by which rules and detections know it. */
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { breakGlassRoleName, type GuardedNames } from '../../contract/index.ts';
import { roleArn } from '../arns.ts';

/** How the names of what the audit of an environment consists of begin. CloudFormation names queues, rules and buckets by the stack. */
export const auditNamePrefixes = (scope: Construct, environment: string): string[] => {
  const { stackName } = Stack.of(scope);
  const names = [`strongroom-${environment}-audit`, ...(Token.isUnresolved(stackName) ? [] : [`${stackName}-`])];
  return withoutCovered(names.map(asShortened));
};

/** What the rules guard: everything that Strongroom deployed for the environment. */
export const guardedNames = (scope: Construct, environment: string): GuardedNames => ({
  prefixes: withoutCovered([`strongroom-${environment}-`, ...auditNamePrefixes(scope, environment)]),
  breakGlassRole: roleArn(scope, breakGlassRoleName(environment)),
});

/**
 * The part of a stack's name that the names of its resources keep: CloudFormation shortens long ones, and does not document to how
 * many characters.
 */
export const asShortened = (name: string): string => name.slice(0, 20);

/** The beginnings that begin with no other one. */
const withoutCovered = (beginnings: readonly string[]): string[] =>
  [...new Set(beginnings)].filter((one, _, all) => !all.some((other) => other !== one && one.startsWith(other)));
