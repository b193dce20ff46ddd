/** An event with every field that the normaliser can write. */
import type { ApiActivity } from '../../lambdas/audit/normalise/ocsf.ts';
import { account, apiRole, keyArn, ordersDb, region } from './cloudtrail.ts';

type Full<T> = T extends object ? { readonly [Field in keyof T]-?: Full<T[Field]> } : NonNullable<T>;

export const fullEvent: Full<ApiActivity> = {
  class_uid: 6003,
  class_name: 'API Activity',
  category_uid: 6,
  category_name: 'Application Activity',
  activity_id: 2,
  activity_name: 'Read',
  type_uid: 600_302,
  type_name: 'API Activity: Read',
  time: Date.UTC(2026, 10, 21, 10, 15, 30),
  severity_id: 3,
  severity: 'Medium',
  status_id: 2,
  status: 'Failure',
  status_code: 'AccessDenied',
  status_detail: 'User is not authorized to perform: secretsmanager:GetSecretValue',
  message: 'GetSecretValue of dev/payments/orders-db by dev-payments-api: AccessDenied',
  actor: {
    user: {
      uid: `arn:aws:sts::${account}:assumed-role/dev-payments-api/task-4711`,
      name: 'dev-payments-api',
      uid_alt: 'AROAEXAMPLEEXAMPLE123:task-4711',
      type: 'AssumedRole',
      type_id: 3,
      credential_uid: 'ASIAIOSFODNN7EXAMPLE',
      account: { uid: account, type: 'AWS Account', type_id: 10 },
    },
    session: { uid: 'task-4711', issuer: apiRole, created_time: Date.UTC(2026, 10, 21, 9), is_mfa: false },
    idp: { name: 'https://login.example.com' },
    invoked_by: 'ecs.amazonaws.com',
  },
  api: {
    operation: 'GetSecretValue',
    service: { name: 'secretsmanager.amazonaws.com' },
    request: { uid: 'b7a1', data: JSON.stringify({ secretId: ordersDb, versionStage: 'AWSCURRENT' }) },
    response: { error: 'AccessDenied', error_message: 'User is not authorized', data: '{"versionId":"v1"}' },
  },
  src_endpoint: { ip: '192.0.2.10', svc_name: 'secretsmanager.amazonaws.com', uid: 'vpce-0a1b' },
  http_request: { user_agent: 'aws-sdk-js/3.1162.0' },
  cloud: { provider: 'AWS', region, account: { uid: '444455556666', type: 'AWS Account', type_id: 10 } },
  resources: [
    { uid: ordersDb, name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' },
    { uid: keyArn, name: 'payments', type: 'AWS::KMS::Key' },
  ],
  metadata: {
    version: '1.8.0',
    profiles: ['cloud'],
    uid: '6f1c-event',
    event_code: 'AwsApiCall',
    log_name: 'Management',
    log_provider: 'AWS CloudTrail',
    original_time: '2026-11-21T10:15:30Z',
    product: { name: 'CloudTrail', vendor_name: 'AWS', version: '1.11' },
    is_truncated: true,
    untruncated_size: 9_000,
  },
  unmapped: { sharedEventID: 'shared-1', onBehalfOf: 'user-1', moreSecrets: '7', cut: 'message' },
};
