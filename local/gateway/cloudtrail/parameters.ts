/** The parts of a request and its answer that are in the record: never a secret value. */
import { XMLParser } from 'fast-xml-parser';

import type { AwsRequest, AwsResponse } from '../request.ts';
import { isRecord, parseJsonObject } from '../service-call.ts';

type Parameters = Readonly<Record<string, unknown>>;

/** `null` where the call has no parameters, as CloudTrail has it. */
export const requestParametersOf = (service: string, input: Parameters): Parameters | null => {
  const parameters = publicPart(service, input);
  return Object.keys(parameters).length === 0 ? null : parameters;
};

/** Of a call that changes something; `null` where it answers nothing. */
export const responseElementsOf = (
  { service, operation }: AwsRequest,
  { headers, body }: AwsResponse,
): Parameters | null => {
  const isXml = headers['content-type']?.includes('xml') === true;
  const output = isXml ? xmlResult(body, operation) : parseJsonObject(body);
  if (service === 'secretsmanager') {
    const { ARN: arn } = output;
    return typeof arn === 'string' ? { arn } : null;
  }
  const elements = publicPart(service, output);
  return Object.keys(elements).length === 0 ? null : elements;
};

/** Blanks every secret of the input that a message repeats. */
export const withoutSecrets = (message: string, { service, input }: Pick<AwsRequest, 'service' | 'input'>): string =>
  secretsIn(service, input).reduce((text, secret) => text.replaceAll(secret, '[redacted]'), message);

const secretKeys = new Set(
  [
    'SecretString',
    'SecretBinary',
    'Password',
    'Passwords',
    'MasterUserPassword',
    'RandomPassword',
    'AuthToken',
    'SecretAccessKey',
    'SessionToken',
    'Plaintext',
    'PrivateKeyPlaintext',
    'CiphertextBlob',
    'CiphertextForRecipient',
    'Message',
    'MessageBody',
    'MessageAttributes',
    'Payload',
    'Data',
    'Body',
    'ZipFile',
    'Environment',
    'TemplateBody',
    'ParameterValue',
    'LogEvents',
    'logEvents',
    'Records',
    'Entries',
  ].map((key) => key.toLowerCase()),
);

/** Services whose plain `Value` is the secret itself. */
const secretValueServices = new Set(['ssm']);

/** Objects whose keys are the caller's own words and stay as they are. */
const userMaps = new Set(['encryptionContext', 'EncryptionContext', 'Tags', 'tags']);

const publicPart = (service: string, input: Parameters): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(input)
      .filter(([key, value]) => value !== undefined && !isSecretKey(service, key))
      .map(([key, value]) => [trailKey(service, key), publicValue(service, key, value)]),
  );

const publicValue = (service: string, key: string, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => publicValue(service, key, item));
  if (!isRecord(value)) return value;
  return userMaps.has(key) && !('Key' in value) ? value : publicPart(service, value);
};

/** A form names nested fields by their path: its last part is the field, but for what numbers the items of a list. */
const isSecretKey = (service: string, key: string): boolean => {
  const path = key.replace(/(\.member)?\.\d+$/, '');
  const field = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return secretKeys.has(field) || (field === 'value' && secretValueServices.has(service));
};

const trailKey = (service: string, key: string): string => {
  if (service === 's3' && key === 'Bucket') return 'bucketName';
  if (/^[A-Z]+$/.test(key)) return key.toLowerCase();
  return key.slice(0, 1).toLowerCase() + key.slice(1);
};

const secretsIn = (service: string, input: unknown): string[] => {
  if (Array.isArray(input)) return input.flatMap((item: unknown) => secretsIn(service, item));
  if (!isRecord(input)) return [];
  return Object.entries(input).flatMap(([key, value]) =>
    isSecretKey(service, key) ? textsIn(value) : secretsIn(service, value),
  );
};

/** Texts in a secret value, those within its JSON too. Shorter ones would blank half of any message. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') {
    const inner = textsIn(parseJsonObject(Buffer.from(value)));
    return value.length >= 4 ? [value, ...inner] : inner;
  }
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isRecord(value) ? Object.values(value).flatMap(textsIn) : [];
};

const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false });

const xmlResult = (body: Buffer, operation: string): Record<string, unknown> => {
  const parsed: unknown = parser.parse(body);
  const response: unknown = isRecord(parsed) ? parsed[`${operation}Response`] : undefined;
  const result: unknown = isRecord(response) ? response[`${operation}Result`] : undefined;
  return isRecord(result) ? result : {};
};
