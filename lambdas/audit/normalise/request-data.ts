/**
 * What of a request goes to the SIEM: named fields only, each short. CloudTrail leaves secret values out of
 * `requestParameters`; a list of what may pass holds even if that fails, or a new field appears.
 */
import { fields, isFields, list, text, truncate, type Fields } from './event-reader.ts';

const allowed = [
  'secretId',
  'secretIdList',
  'name',
  'versionId',
  'versionStage',
  'versionStages',
  'clientRequestToken',
  'moveToVersionId',
  'removeFromVersionId',
  'kmsKeyId',
  'keyId',
  'targetKeyId',
  'aliasName',
  'rotationLambdaARN',
  'rotateImmediately',
  'forceDeleteWithoutRecovery',
  'recoveryWindowInDays',
  'pendingWindowInDays',
  'blockPublicPolicy',
  'policyName',
  'encryptionAlgorithm',
  'keySpec',
  'keyUsage',
  'operations',
  'granteePrincipal',
  'retiringPrincipal',
  'grantId',
  'maxResults',
  'includeDeprecated',
  'includePlannedDeletion',
] as const;

/** Of an encryption context only what Secrets Manager puts there; others may hold anything. */
const allowedContext = ['SecretARN', 'SecretVersionId', 'secretARN', 'secretVersionId'] as const;

const longestText = 512;
const longestList = 50;
/** CloudTrail cuts error messages at 1 KB; in longer ones the search for quotes would take time by their square. */
const longestMessage = 4_096;

export const requestData = (detail: Fields): Readonly<Record<string, unknown>> | undefined => {
  const request = fields(detail, 'requestParameters');
  const data: Record<string, unknown> = {};
  for (const name of allowed) {
    const value = short(request[name]);
    if (value !== undefined) data[name] = value;
  }
  const context = fields(request, 'encryptionContext');
  for (const name of allowedContext) {
    const value = text(context, name);
    if (value !== undefined) data['encryptionContext'] = { ...fields(data, 'encryptionContext'), [name]: value };
  }
  const filters = list(request, 'filters').filter(isFields).slice(0, longestList);
  if (filters.length > 0)
    data['filters'] = filters.map((filter) => ({ key: short(filter['key']), values: short(filter['values']) }));
  return Object.keys(data).length > 0 ? data : undefined;
};

/**
 * The error message without the values it quotes: AWS repeats the refused input in validation messages, as in
 * `Value 'x' at 'secretString' failed to satisfy constraint`. Takes too much rather than too little.
 */
export const withoutQuotedValues = (message: string): string => {
  if (message.length > longestMessage) return `(left out: longer than ${longestMessage} characters)`;
  const upToField = /\b(values?) ['"[][\s\S]*['"\]](?= at ['"])/i;
  const pattern = upToField.test(message) ? upToField : /\b(values?) ['"[][\s\S]*['"\]]/i;
  return truncate(message.replace(pattern, '$1 (redacted)'), 1024);
};

const short = (value: unknown): unknown => {
  if (typeof value === 'string') return truncate(value, longestText);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (!Array.isArray(value)) return undefined;
  return value
    .filter((entry): entry is string => typeof entry === 'string')
    .slice(0, longestList)
    .map((entry) => truncate(entry, longestText));
};
