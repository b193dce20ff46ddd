/** Finds the secrets that a CloudTrail record is about; the record names them in one of many places. */
import { parseSecretArn } from '../../../lib/contract/index.ts';
import { cleanText } from './clean-text.ts';
import { fields, isFields, list, text, type Fields } from './event-reader.ts';
import { isDenied } from './operations.ts';
import type { OcsfResource } from './ocsf-objects.ts';

export const secretType = 'AWS::SecretsManager::Secret';

/** BatchGetSecretValue takes 20: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html */
const mostSecrets = 50;
/** A name has up to 512 characters. */
const longestReference = 640;

export interface SecretsOfRecord {
  readonly secrets: readonly OcsfResource[];
  /** How many more the record names. */
  readonly more: number;
}

/**
 * The first 50 secrets of a record, each once. An ARN wins over a bare name for the same secret.
 *
 * Where the ARN is: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html and, for
 * the old `aRN`, https://repost.aws/knowledge-center/secrets-manager-arn
 */
export const secretsOf = (detail: Fields): SecretsOfRecord => {
  const secrets: OcsfResource[] = [];
  let more = 0;
  for (const reference of references(detail)) {
    const secret = secretResource(reference);
    const known = secrets.findIndex(
      ({ uid, name }) => (secret.uid !== undefined && uid === secret.uid) || name === secret.name,
    );
    if (known !== -1) {
      if (secrets[known]?.uid === undefined) secrets[known] = secret;
    } else if (secrets.length < mostSecrets) secrets.push(secret);
    else more += 1;
  }
  return { secrets, more };
};

/** @param reference ARN, or name. */
export const secretResource = (reference: string): OcsfResource => {
  const arn = parseSecretArn(reference);
  if (!arn) return { name: reference, type: secretType };
  return { uid: reference, name: arn.name, type: secretType };
};

const references = (detail: Fields): string[] => {
  const request = fields(detail, 'requestParameters');
  const response = fields(detail, 'responseElements');
  const additional = fields(detail, 'additionalEventData');
  const service = fields(detail, 'serviceEventDetails');
  const places: unknown[] = [];
  for (const place of [detail, response, additional, service]) {
    places.push(place['arn'], place['aRN'], place['ARN']);
  }
  for (const place of [additional, service]) places.push(place['SecretId'], place['secretId']);
  for (const resource of list(detail, 'resources')) places.push(arnOf(resource));
  places.push(fields(request, 'encryptionContext')['SecretARN'], request['secretId']);
  for (const secret of list(request, 'secretIdList')) places.push(secret);
  if (detail['eventName'] === 'CreateSecret') places.push(request['name']);
  const isSecretsManager = detail['eventSource'] === 'secretsmanager.amazonaws.com';
  if (isSecretsManager) places.push(refusedResource(detail));
  const found: string[] = [];
  for (const place of places) {
    if (typeof place !== 'string' || place === '') continue;
    const reference = cleanText(place, longestReference);
    if (reference.startsWith('arn:') ? parseSecretArn(reference) !== undefined : isSecretsManager) {
      found.push(reference);
    }
  }
  return found;
};

/**
 * CloudTrail leaves the request parameters of a refused call out: the resource is in the message only. What comes before it
 * is the ARN of the caller, which has no spaces. `*` is of a call that names no secret.
 */
const refusedResource = (detail: Fields): string | undefined => {
  const errorCode = text(detail, 'errorCode');
  if (errorCode === undefined || !isDenied(errorCode)) return undefined;
  const resource = /^User: \S+ is not authorized to perform: \S+ on resource: (\S+)/.exec(
    text(detail, 'errorMessage') ?? '',
  )?.[1];
  return resource === '*' ? undefined : resource;
};

const arnOf = (resource: unknown): string | undefined =>
  isFields(resource) ? (text(resource, 'ARN') ?? text(resource, 'arn')) : undefined;

/** Everything else that the record names, such as the KMS key. */
export const otherResourcesOf = (detail: Fields): readonly OcsfResource[] =>
  list(detail, 'resources')
    .slice(0, mostSecrets)
    .flatMap((resource) => {
      const uid = arnOf(resource);
      if (uid === undefined || parseSecretArn(uid) !== undefined) return [];
      const type = text(resource as Fields, 'type', 128) ?? (uid.includes(':kms:') ? 'AWS::KMS::Key' : 'Other');
      return [{ uid, type }];
    });
