/** Finds the secrets that a CloudTrail record is about; the record names them in one of many places. */
import { parseSecretArn } from '../../../lib/contract/index.ts';
import { defined, fields, list, text, type Fields } from './event-reader.ts';
import type { OcsfResource } from './ocsf.ts';

export const secretType = 'AWS::SecretsManager::Secret';

/**
 * The secrets of a record, each once. An ARN wins over a bare name for the same secret.
 *
 * Where the ARN is: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html and, for
 * the old `aRN`, https://repost.aws/knowledge-center/secrets-manager-arn
 */
export const secretsOf = (detail: Fields): readonly OcsfResource[] => {
  const secrets: OcsfResource[] = [];
  for (const reference of references(detail)) {
    const secret = secretResource(reference);
    const known = secrets.findIndex(
      ({ uid, name }) => (secret.uid !== undefined && uid === secret.uid) || name === secret.name,
    );
    if (known === -1) secrets.push(secret);
    else if (secrets[known]?.uid === undefined) secrets[known] = secret;
  }
  return secrets;
};

/** @param reference ARN, or name. */
export const secretResource = (reference: string): OcsfResource => {
  const arn = parseSecretArn(reference);
  if (!arn) return { name: reference, type: secretType };
  return { uid: reference, name: arn.name, type: secretType };
};

const isSecretArn = (text: string): boolean => parseSecretArn(text) !== undefined;

const references = (detail: Fields): readonly string[] => {
  const request = fields(detail, 'requestParameters');
  const response = fields(detail, 'responseElements');
  const additional = fields(detail, 'additionalEventData');
  const service = fields(detail, 'serviceEventDetails');
  const places = [
    ...[detail, response, additional, service].flatMap((place) =>
      ['arn', 'aRN', 'ARN'].map((name) => text(place, name)),
    ),
    ...[additional, service].flatMap((place) => ['SecretId', 'secretId'].map((name) => text(place, name))),
    ...list(detail, 'resources').map((resource) => arnOf(resource)),
    text(fields(request, 'encryptionContext'), 'SecretARN'),
    text(request, 'secretId'),
    ...list(request, 'secretIdList'),
    text(detail, 'eventName') === 'CreateSecret' ? text(request, 'name') : undefined,
  ];
  const isSecretsManager = text(detail, 'eventSource') === 'secretsmanager.amazonaws.com';
  return places.filter(
    (place): place is string =>
      typeof place === 'string' && (isSecretArn(place) || (isSecretsManager && !place.startsWith('arn:'))),
  );
};

const arnOf = (resource: unknown): string | undefined => {
  const entry = typeof resource === 'object' && resource !== null ? (resource as Fields) : {};
  return text(entry, 'ARN') ?? text(entry, 'arn');
};

/** Everything else that the record names, such as the KMS key. */
export const otherResourcesOf = (detail: Fields): readonly OcsfResource[] =>
  list(detail, 'resources').flatMap((resource) => {
    const uid = arnOf(resource);
    if (uid === undefined || isSecretArn(uid)) return [];
    const type = text(resource as Fields, 'type') ?? (uid.includes(':kms:') ? 'AWS::KMS::Key' : 'Other');
    return [defined<OcsfResource>({ uid, name: undefined, type })];
  });
