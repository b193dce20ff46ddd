/** The fast lane in a region that has replicas: its events go to the event bus of the environment's region. */
import { Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import {
  type EventPattern,
  guardingPatterns,
  keyGovernancePattern,
  keyGrantsPattern,
  replicaLaneAlarmName,
  secretCallsPattern,
} from '../../contract/index.ts';
import { acknowledge, acknowledgeShared } from '../../rules/acknowledge.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { closeGrants, queueGrants } from '../close-grants.ts';
import { guardedNames } from './audit-names.ts';
import { createQueue, waiting } from './queue.ts';

/** @internal */
export interface ReplicaLaneProps {
  readonly environment: string;
  /** Region of the environment, where the {@link AuditTrail} is. */
  readonly homeRegion: string;
}

/**
 * Events of Secrets Manager in this region. What the bus does not take waits in a queue. Alarms reach topics of their own
 * region only, so an alarm in the environment's region counts the state changes of the one here.
 *
 * @internal
 */
export class ReplicaLane extends Construct {
  constructor(scope: Construct, id: string, { environment, homeRegion }: ReplicaLaneProps) {
    super(scope, id);
    markOwnStack(this);
    const { region } = Stack.of(this);
    const bus = Stack.of(this).formatArn({
      service: 'events',
      region: homeRegion,
      resource: 'event-bus',
      resourceName: 'default',
    });
    const role = new Role(this, 'Role', {
      description: `Sends audit events of ${environment} to ${homeRegion}`,
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const policy = new ManagedPolicy(this, 'Policy', {
      description: `Sends audit events of ${environment} to ${homeRegion}`,
      roles: [role],
      statements: [new PolicyStatement({ actions: ['events:PutEvents'], resources: [bus] })],
    });
    const deadLetters = createQueue(this, 'DeadLetters');
    const alarmName = replicaLaneAlarmName(environment, region);
    const forward = (ruleId: string, description: string, eventPattern: object, state?: string): CfnRule => {
      const rule = new CfnRule(this, ruleId, {
        description,
        // Of this region alone: two environments with replicas in each other's regions would send events in a circle.
        eventPattern: { ...eventPattern, region: [region] },
        targets: [{ id: 'Bus', arn: bus, roleArn: role.roleArn, deadLetterConfig: { arn: deadLetters.queueArn } }],
        ...(state !== undefined && { state }),
      });
      rule.node.addDependency(policy);
      return rule;
    };
    const forwarded: readonly { readonly id: string; readonly description: string; readonly pattern: EventPattern }[] =
      [
        { id: 'SecretCalls', description: 'Calls to Secrets Manager', pattern: secretCallsPattern },
        { id: 'KeyGovernance', description: 'Changes of keys', pattern: keyGovernancePattern },
        { id: 'KeyGrants', description: 'Grants on keys', pattern: keyGrantsPattern },
        ...guardingPatterns(guardedNames(this, environment)),
      ];
    const rules = [
      ...forwarded.map(({ id: ruleId, description, pattern }) =>
        forward(
          ruleId,
          `${description} in ${region}, for the audit in ${homeRegion}`,
          pattern,
          // Reads reach a rule in this state only.
          'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
        ),
      ),
      forward('StateChanges', `State changes of ${alarmName}: an alarm in ${homeRegion} counts them`, {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        detail: { alarmName: [alarmName], state: { value: ['ALARM'] } },
      }),
    ];
    deadLetters.addToResourcePolicy(
      new PolicyStatement({
        sid: 'SendByTheRules',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [deadLetters.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rules.map(({ attrArn }) => attrArn) } },
      }),
    );
    closeGrants(deadLetters, queueGrants, 'the rules of the lane send to it');
    const alarm = new Alarm(this, 'DeadLettersWaiting', {
      metric: waiting(deadLetters),
      threshold: 1,
      alarmName,
      alarmDescription: `Audit events of ${environment} in ${region} did not reach ${homeRegion}. They wait in the dead-letter queue.`,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const pagesAtHome = `A rule sends its state changes to ${homeRegion}, where an alarm pages: topics are of one region.`;
    acknowledge(deadLetters, { 'AwsSolutions-SQS3': 'It is the dead-letter queue of the targets of rules.' });
    acknowledge(alarm, { 'StrongroomPci-10.7.2-AlarmTells': pagesAtHome });
    acknowledgeShared(alarm, { CloudWatchAlarmAction: pagesAtHome });
    for (const rule of rules) acknowledge(rule, { 'StrongroomPci-10.7.2-AuditFails': pagesAtHome });
  }
}
