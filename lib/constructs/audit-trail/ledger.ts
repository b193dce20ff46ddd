/** The ledger: which event was delivered to which destination. Both lanes ask it before they send. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { auditLedgerName } from '../../contract/index.ts';
import { acknowledgeShared } from '../../rules/acknowledge.ts';

/** Not closed: the policies of the lanes name its ARN, and the construct closes it once they are made. */
export const createLedger = (scope: Construct, environment: string): Table => {
  const table = new Table(scope, 'Ledger', {
    tableName: auditLedgerName(environment),
    partitionKey: { name: 'id', type: AttributeType.STRING },
    timeToLiveAttribute: 'expires',
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  acknowledgeShared(table, {
    DynamoDBInBackupPlan:
      'Point-in-time recovery is on, and entries live for 15 days: without them events are sent twice, none is lost.',
  });
  return table;
};

/**
 * Reads and writes the entries of one destination, `<destination>#<event id>`, and no others.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export const useLedger = (ledger: Table, destination: string, actions: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    actions: [...actions],
    resources: [ledger.tableArn],
    conditions: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${destination}#*`] },
      // Without the key, the condition above holds.
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  });
