/** What the rules for requirement 10 accept, and what they don't. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { identity, selector, trail, closed, files, lifecycle, alarm, lane, type Pair } from './builds.ts';

export const auditLogPairs: readonly Pair[] = [
  {
    rule: '10.2.1-TrailLogs',
    what: 'a trail of one Region',
    compliant: trail(),
    nonCompliant: trail({ isMultiRegionTrail: false }),
  },
  {
    rule: '10.2.1-TrailLogs',
    what: 'a trail that leaves KMS out',
    compliant: trail(),
    nonCompliant: trail({ eventSelectors: [{ ...selector, excludeManagementEventSources: ['kms.amazonaws.com'] }] }),
  },
  {
    rule: '10.2.1-TrailLogs',
    what: 'a trail of writes',
    compliant: trail({
      eventSelectors: undefined,
      advancedEventSelectors: [{ fieldSelectors: [{ field: 'eventCategory', equalTo: ['Management'] }] }],
    }),
    nonCompliant: trail({
      eventSelectors: undefined,
      advancedEventSelectors: [
        {
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Management'] },
            { field: 'readOnly', equalTo: ['false'] },
          ],
        },
      ],
    }),
  },
  {
    rule: '10.2.1.3-AccessToLogs',
    what: 'files whose readers nobody logs',
    compliant: files(),
    nonCompliant: files({ loggingConfiguration: undefined }),
  },
  {
    rule: '10.3.1-ReadByNeed',
    what: 'files that could be opened to the public',
    compliant: files(),
    nonCompliant: files({ publicAccessBlockConfiguration: { ...closed, blockPublicPolicy: false } }),
  },
  {
    rule: '10.3.2-FilesStay',
    what: 'files without versions',
    compliant: files(),
    nonCompliant: files({ versioningConfiguration: undefined }),
  },
  {
    rule: '10.3.2-FilesStay',
    what: 'files that go with their stack',
    compliant: files(),
    nonCompliant: files({}, RemovalPolicy.DESTROY),
  },
  {
    rule: '10.3.2-NobodyStopsTheTrail',
    what: 'an account that stops the trail',
    compliant: identity({ Action: 'cloudtrail:GetTrailStatus', Resource: 'trail' }),
    nonCompliant: identity({ Action: 'cloudtrail:Stop*', Resource: 'trail' }),
  },
  {
    rule: '10.3.4-FileValidation',
    what: 'files without a digest',
    compliant: trail(),
    nonCompliant: trail({ enableLogFileValidation: false }),
  },
  {
    rule: '10.5.1-LogRetention',
    what: 'a log of half a year',
    compliant: (stack) => new CfnLogGroup(stack, 'Log', { retentionInDays: 365 }),
    nonCompliant: (stack) => new CfnLogGroup(stack, 'Log', { retentionInDays: 180 }),
  },
  {
    rule: '10.5.1-FileRetention',
    what: 'files of 300 days',
    compliant: lifecycle({ expirationInDays: 400 }),
    nonCompliant: lifecycle({ expirationInDays: 300 }),
  },
  {
    rule: '10.5.1-FileRetention',
    what: 'files that are archived out of reach after a month',
    compliant: lifecycle({ transitions: [{ storageClass: 'GLACIER_IR', transitionInDays: 30 }] }),
    nonCompliant: lifecycle({ transitions: [{ storageClass: 'DEEP_ARCHIVE', transitionInDays: 30 }] }),
  },
  {
    rule: '10.7.2-AlarmTells',
    what: 'an alarm without an action',
    compliant: (stack) => alarm(stack, 'AWS/SQS'),
    nonCompliant: (stack) => alarm(stack, 'AWS/SQS', { alarmActions: [] }),
  },
  {
    rule: '10.7.2-AlarmTells',
    what: 'an alarm that is switched off',
    compliant: (stack) => alarm(stack, 'AWS/SQS', { actionsEnabled: true }),
    nonCompliant: (stack) => alarm(stack, 'AWS/SQS', { actionsEnabled: false }),
  },
  {
    rule: '10.7.2-AuditFails',
    what: 'a lane whose function nobody watches',
    compliant: lane('AWS/SQS', 'AWS/Lambda'),
    nonCompliant: lane('AWS/SQS'),
  },
];
