/** What the function of the detections reads from a file next to its code: it is written at synth. */
import { Stack, Token } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DetectionTable } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import type { DetectionLaneProps } from './detection-lane.ts';

type Props = Pick<DetectionLaneProps, 'environment' | 'access' | 'suppressions' | 'alertTopic' | 'applicationTopics'>;

export const detectionTable = (
  scope: Construct,
  { environment, access, suppressions = [], applicationTopics = {} }: Props,
): DetectionTable => ({
  access: {
    ...access,
    auditResources: [...new Set([...access.auditResources, ...auditResources(scope, environment)])],
  },
  suppressions,
  topics: Object.fromEntries(
    Object.entries(applicationTopics).map(([application, topic]) => [application, knownArn(scope, application, topic)]),
  ),
});

/** Each once. */
export const topicArnsOf = ({ alertTopic, applicationTopics = {} }: Props): string[] => [
  ...new Set([alertTopic, ...Object.values(applicationTopics)].map(({ topicArn }) => topicArn)),
];

/**
 * Functions and tables have names of ours. CloudFormation names the queues, rules and buckets: they begin with the name of the
 * stack, that of buckets in lower case.
 */
const auditResources = (scope: Construct, environment: string): string[] =>
  auditNamePrefixes(scope, environment).map((prefix) => `${prefix}*`);

/** How the names of what the audit of an environment consists of begin. */
const auditNamePrefixes = (scope: Construct, environment: string): string[] => {
  const { stackName } = Stack.of(scope);
  const names = [`strongroom-${environment}-audit`, ...(Token.isUnresolved(stackName) ? [] : [stackName])];
  return [...new Set(names.map(asShortened).flatMap((name) => [name, name.toLowerCase()]))];
};

/** CloudFormation shortens the names of stacks in the names that it makes: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html */
const asShortened = (name: string): string => name.slice(0, longestKept);

const longestKept = 20;

const knownArn = (scope: Construct, application: string, { topicArn }: ITopic): string => {
  if (Token.isUnresolved(topicArn)) {
    throw invalidProps(
      scope,
      `applicationTopics: the ARN of the topic of ${application} is not known at synth: import the topic with Topic.fromTopicArn and its whole ARN`,
    );
  }
  return topicArn;
};
