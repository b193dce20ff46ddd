/** Requirement 10: what is logged, who can read and change the log, how long it is kept, and who is notified if it stops. */
import type { CfnResource } from 'aws-cdk-lib';
import { isRecord, listOf, member, propertyOf, stays } from '../template/properties.ts';
import type { Rule } from '../template/rule-table.ts';
import { factsOf, tellsSomebody } from '../template/stack-facts.ts';
import { identityPolicies, identityStatements, isAbout } from '../template/statements.ts';

const trail = ['AWS::CloudTrail::Trail'];
const bucket = ['AWS::S3::Bucket'];

export const auditLogRules: readonly Rule[] = [
  {
    id: '10.2.1-TrailLogs',
    types: trail,
    says: 'The trail does not record every management event of every Region: these include reads of secrets, uses of keys and changes of roles.',
    holds: (resource) =>
      propertyOf(resource, 'isLogging') === true &&
      propertyOf(resource, 'isMultiRegionTrail') === true &&
      propertyOf(resource, 'includeGlobalServiceEvents') !== false &&
      recordsManagement(resource),
  },
  {
    id: '10.2.1.3-AccessToLogs',
    types: bucket,
    says: 'Reads of the files of the trail are not logged: log the access to their bucket.',
    holds: ifAuditBucket(
      (resource) =>
        isLogOfLogs(resource) ||
        member(propertyOf(resource, 'loggingConfiguration'), 'destinationBucketName') !== undefined,
    ),
  },
  {
    id: '10.3.1-ReadByNeed',
    types: bucket,
    says: 'The bucket of the audit log can be made public: turn on all four settings of Block Public Access.',
    holds: ifAuditBucket((resource) =>
      ['blockPublicAcls', 'blockPublicPolicy', 'ignorePublicAcls', 'restrictPublicBuckets'].every(
        (name) => member(propertyOf(resource, 'publicAccessBlockConfiguration'), name) === true,
      ),
    ),
  },
  {
    id: '10.3.2-FilesStay',
    types: bucket,
    says: 'Files of the audit log can be overwritten without a trace, or are deleted with their stack: turn on versioning, and retain the bucket.',
    holds: ifAuditBucket(
      (resource) => member(propertyOf(resource, 'versioningConfiguration'), 'status') === 'Enabled' && stays(resource),
    ),
  },
  {
    id: '10.3.2-NobodyStopsTheTrail',
    types: Object.keys(identityPolicies),
    says: 'The policy allows an account to stop, change or delete a trail: an audited principal must not be able to turn off the audit.',
    holds: (resource) =>
      identityStatements(resource).every(
        (statement) => statement.effect === 'Deny' || !trailChanges.some((action) => isAbout(statement, action)),
      ),
  },
  {
    id: '10.3.4-FileValidation',
    types: trail,
    says: 'CloudTrail signs no digest of its files, so a change in them is not noticed: turn on log file validation.',
    holds: (resource) => propertyOf(resource, 'enableLogFileValidation') === true,
  },
  {
    id: '10.5.1-LogRetention',
    types: ['AWS::Logs::LogGroup'],
    says: 'The log is kept for less than twelve months: a compromise is often noticed late.',
    holds: (resource) => Number(propertyOf(resource, 'retentionInDays') ?? Infinity) >= 365,
  },
  {
    id: '10.5.1-FileRetention',
    types: bucket,
    says: 'Files of the audit log are deleted before twelve months, or are moved within three months to a storage class that takes hours to restore.',
    holds: ifAuditBucket((resource) =>
      listOf(member(propertyOf(resource, 'lifecycleConfiguration'), 'rules'))
        .filter(isEnabled)
        .every(keepsAYear),
    ),
  },
  {
    id: '10.7.2-AlarmTells',
    types: ['AWS::CloudWatch::Alarm'],
    says: 'The alarm notifies no one: give it an action.',
    holds: tellsSomebody,
  },
  {
    id: '10.7.2-AuditFails',
    types: [...trail, 'AWS::Events::Rule'],
    says: 'No alarm of the stack watches the queues and functions of the audit events, or calls that stop the trail: no one is notified if the log stops.',
    holds: (resource) =>
      !isAuditLane(resource) ||
      // A trail without delivery to a SIEM: the alarm counts the calls that stop or change it.
      (trail.includes(resource.cfnResourceType) && factsOf(resource).watched.has('AWS/Events')) ||
      ['AWS/SQS', 'AWS/Lambda'].every((namespace) => factsOf(resource).watched.has(namespace)),
  },
];

const trailChanges = [
  'cloudtrail:DeleteTrail',
  'cloudtrail:PutEventSelectors',
  'cloudtrail:StopLogging',
  'cloudtrail:UpdateTrail',
];

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html */
const recordsManagement = (resource: CfnResource): boolean => {
  const advanced = listOf(propertyOf(resource, 'advancedEventSelectors'));
  if (advanced.length > 0) return advanced.some(takesEveryManagementEvent);
  const selectors = listOf(propertyOf(resource, 'eventSelectors'));
  return (
    selectors.length === 0 ||
    selectors.some(
      (one) =>
        member(one, 'includeManagementEvents') !== false &&
        (member(one, 'readWriteType') ?? 'All') === 'All' &&
        listOf(member(one, 'excludeManagementEventSources')).length === 0,
    )
  );
};

/** A second field would exclude some of them. CDK's `equalTo` is CloudFormation's `Equals`. */
const takesEveryManagementEvent = (selector: unknown): boolean => {
  const fields = listOf(member(selector, 'fieldSelectors'));
  const [only] = fields;
  return (
    fields.length === 1 &&
    member(only, 'field') === 'eventCategory' &&
    listOf(member(only, 'equalTo') ?? member(only, 'equals')).join() === 'Management'
  );
};

function ifAuditBucket(holds: (resource: CfnResource) => boolean): (resource: CfnResource) => boolean {
  return (resource) => !factsOf(resource).auditBuckets.has(resource) || holds(resource);
}

/** The access log would log its own deliveries endlessly. */
const isLogOfLogs = (resource: CfnResource): boolean => factsOf(resource).accessLogs.has(resource);

const isEnabled = (rule: unknown): boolean => member(rule, 'status') === 'Enabled';

const keepsAYear = (rule: unknown): boolean => {
  const slow = listOf(member(rule, 'transitions')).filter((one) =>
    ['GLACIER', 'DEEP_ARCHIVE'].includes(String(member(one, 'storageClass'))),
  );
  return (
    Number(member(rule, 'expirationInDays') ?? Infinity) >= 365 &&
    slow.every((one) => Number(member(one, 'transitionInDays') ?? 0) >= 90)
  );
};

/** Management events reach a rule in this state only. It is the first part of the delivery to the SIEM. */
const isAuditLane = (resource: CfnResource): boolean => {
  if (resource.cfnResourceType !== 'AWS::Events::Rule') return true;
  const pattern = propertyOf(resource, 'eventPattern');
  return isRecord(pattern) && propertyOf(resource, 'state') === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';
};
