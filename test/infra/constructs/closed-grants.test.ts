/** Resources that constructs expose give no access past the policies of the constructs. */
import type { Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import {
  AlertKey,
  AlertTopic,
  AuditTrail,
  BreakGlassRole,
  ChatAccess,
  DatabaseRotation,
  EncryptionKey,
  FirstRotation,
  RotationWatch,
} from '../../../lib/index.ts';
import { splunk } from '../../_fixtures/catalog-model.ts';
import { aliasKey, constructStack } from '../../_helpers/construct-stack.ts';

const environment = 'prod';
const message = 'would give access that the policies of Strongroom deny: ';

const otherRole = (stack: Stack): Role =>
  new Role(stack, 'Other', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });

const auditIn = (stack: Stack): AuditTrail =>
  new AuditTrail(stack, 'Audit', {
    environment,
    destinations: [splunk],
    encryptionKey: aliasKey(stack),
    owner: 'team-platform',
    contact: 'platform',
  });

const rotationIn = (stack: Stack): DatabaseRotation =>
  new DatabaseRotation(stack, 'Rotation', { environment, engine: 'postgres', encryptionKeys: [aliasKey(stack)] });

const topicIn = (stack: Stack): AlertTopic =>
  new AlertTopic(stack, 'Alerts', {
    environment,
    contact: { name: 'oncall', email: 'oncall@example.com' },
    encryptionKey: new AlertKey(stack, 'AlertKey', { environment }).key,
  });

const calls: Record<string, (stack: Stack, role: Role) => unknown> = {
  'grantDecrypt of an EncryptionKey': (stack, role) =>
    new EncryptionKey(stack, 'Key', { environment }).key.grantDecrypt(role),
  'addToResourcePolicy of an EncryptionKey': (stack) =>
    new EncryptionKey(stack, 'Key', { environment }).key.addToResourcePolicy(new PolicyStatement()),
  'grant of an AlertKey': (stack, role) => new AlertKey(stack, 'Key', { environment }).key.grant(role, 'kms:*'),
  'grantPublish of an AlertTopic': (stack, role) => topicIn(stack).topic.grantPublish(role),
  'addToResourcePolicy of an AlertTopic': (stack) => topicIn(stack).topic.addToResourcePolicy(new PolicyStatement()),
  'grantSendMessages of the queue': (stack, role) => auditIn(stack).lane!.queue.grantSendMessages(role),
  'addToResourcePolicy of the dead letters': (stack) =>
    auditIn(stack).lane!.deadLetterQueue.addToResourcePolicy(new PolicyStatement()),
  'grantInvoke of the normaliser': (stack, role) => auditIn(stack).lane!.normaliser.grantInvoke(role),
  'grantConsumeMessages of the queue of a destination': (stack, role) =>
    auditIn(stack).destinations[0]!.queue.grantConsumeMessages(role),
  'grantPurge of the dead letters of a destination': (stack, role) =>
    auditIn(stack).destinations[0]!.deadLetterQueue.grantPurge(role),
  'grantInvoke of the function of a destination': (stack, role) =>
    auditIn(stack).destinations[0]!.deliverer.grantInvoke(role),
  'grantWriteData of the ledger': (stack, role) => auditIn(stack).ledger!.grantWriteData(role),
  'grantInvoke of a rotation function': (stack, role) => rotationIn(stack).function.grantInvoke(role),
  'addToPrincipalPolicy of a rotation role': (stack) =>
    rotationIn(stack).role.addToPrincipalPolicy(new PolicyStatement()),
  'grantInvoke of FirstRotation': (stack, role) =>
    new FirstRotation(stack, 'First', { environment }).function.grantInvoke(role),
  'grantInvoke of a RotationWatch': (stack, role) =>
    new RotationWatch(stack, 'Watch', { environment }).function.grantInvoke(role),
  'addToPrincipalPolicy of the role of a RotationWatch': (stack) =>
    new RotationWatch(stack, 'Watch', { environment }).role.addToPrincipalPolicy(new PolicyStatement()),
  'grantAssumeRole of the break-glass role': (stack, role) =>
    new BreakGlassRole(stack, 'BreakGlass', {
      environment,
      principals: [{ permissionSet: 'IncidentCommander' }],
      encryptionKeys: [aliasKey(stack)],
    }).role.grantAssumeRole(role),
  'addToPrincipalPolicy of the role of a ChatAccess': (stack) =>
    new ChatAccess(stack, 'Chat', { environment }).role.addToPrincipalPolicy(new PolicyStatement()),
};

test.each(Object.keys(calls))('%s throws', (name) => {
  const stack = constructStack();
  expect(() => calls[name]!(stack, otherRole(stack))).toThrow(message);
});

describe('metrics of the audit', () => {
  test('are those that the forwarder emits for the environment', () => {
    const stack = constructStack();
    const audit = auditIn(stack);
    expect(
      [audit.metricDelivered(), audit.metricFailed()].map(({ namespace, metricName, dimensions }) => ({
        namespace,
        metricName,
        dimensions,
      })),
    ).toEqual([
      { namespace: 'Strongroom', metricName: 'AuditEventsDelivered', dimensions: { environment } },
      { namespace: 'Strongroom', metricName: 'AuditEventsFailed', dimensions: { environment } },
    ]);
    expect(
      [audit.metricQuarantine(), audit.metricAge(), audit.metricErrors()].map(({ metricName }) => metricName),
    ).toEqual(['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage', 'Errors']);
  });

  test('of a destination are those that its function emits, and those of its queues', () => {
    const [destination] = auditIn(constructStack()).destinations;
    const dimensions = { environment, destination: 'siem' };
    expect(
      [destination!.metricDelivered(), destination!.metricFailed()].map(({ metricName, dimensions }) => ({
        metricName,
        dimensions,
      })),
    ).toEqual([
      { metricName: 'AuditEventsDelivered', dimensions },
      { metricName: 'AuditEventsFailed', dimensions },
    ]);
    expect(
      [destination!.metricDeadLetters(), destination!.metricAge(), destination!.metricErrors()].map(
        ({ metricName }) => metricName,
      ),
    ).toEqual(['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage', 'Errors']);
  });

  test('are refused without a destination', () => {
    const stack = constructStack();
    const audit = new AuditTrail(stack, 'Audit', {
      environment,
      encryptionKey: aliasKey(stack),
      owner: 'team-platform',
      contact: 'platform',
    });
    expect(() => audit.metricAge()).toThrow(
      'metricAge is a metric of the events for destinations and detections: set one of the two',
    );
  });
});
