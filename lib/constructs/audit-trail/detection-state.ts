/** The table of what detections remember: who read what in the last minutes, hours and days. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { auditDetectionsName } from '../../contract/index.ts';
import { acknowledgeShared } from '../../rules/acknowledge.ts';

/** Not closed: the construct closes it once the policy of its function is made. */
export const createDetectionState = (scope: Construct, environment: string): Table => {
  const table = new Table(scope, 'State', {
    tableName: auditDetectionsName(environment),
    partitionKey: { name: 'set', type: AttributeType.STRING },
    sortKey: { name: 'member', type: AttributeType.STRING },
    timeToLiveAttribute: 'expires',
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  acknowledgeShared(table, {
    DynamoDBInBackupPlan:
      'Point-in-time recovery is on. Without the entries, reads count as first reads once more: no alert is lost.',
  });
  return table;
};
