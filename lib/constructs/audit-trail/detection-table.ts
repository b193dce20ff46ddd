/** What the function of the detections reads from a file next to its code: it is written at synth. */
import { Token } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DetectionTable } from '../../contract/index.ts';
import { invalidProps } from '../invalid-props.ts';
import { auditNamePrefixes } from './audit-names.ts';
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
  auditNamePrefixes(scope, environment)
    .flatMap((prefix) => [prefix, prefix.toLowerCase()])
    .map((prefix) => `${prefix}*`);

const knownArn = (scope: Construct, application: string, { topicArn }: ITopic): string => {
  if (Token.isUnresolved(topicArn)) {
    throw invalidProps(
      scope,
      `applicationTopics: the ARN of the topic of ${application} is not known at synth: import the topic with Topic.fromTopicArn and its whole ARN`,
    );
  }
  return topicArn;
};
