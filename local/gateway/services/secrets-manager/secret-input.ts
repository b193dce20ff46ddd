/** Reads the fields of a request, in the words that the service uses when one is wrong. */
import { randomUUID } from 'node:crypto';

import { ServiceError } from '../../service-call.ts';
import type { SecretValue } from './emulated-secrets.ts';

export type Input = Readonly<Record<string, unknown>>;

const maxValueBytes = 65_536;

export const optionalText = (input: Input, field: string): string | undefined => {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw invalidParameter(`The parameter ${field} must be a string.`);
  return value;
};

export const requiredText = (input: Input, field: string): string => {
  const value = optionalText(input, field);
  if (value === undefined || value === '') {
    throw invalidParameter(`You must provide a value for the ${field} parameter.`);
  }
  return value;
};

/** The version id that a write makes: its ClientRequestToken, or a new one. */
export const versionIdOf = (input: Input): string => {
  const token = optionalText(input, 'ClientRequestToken') ?? randomUUID();
  if (token.length < 32 || token.length > 64) {
    throw invalidParameter('ClientRequestToken must be 32-64 characters long.');
  }
  return token;
};

/** The value in a write: one of SecretString and SecretBinary, or `undefined` without both. */
export const valueOf = (input: Input): SecretValue | undefined => {
  const text = optionalText(input, 'SecretString');
  const binary = optionalText(input, 'SecretBinary');
  if (text !== undefined && binary !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (text !== undefined) return { SecretString: checkedLength(text, Buffer.byteLength(text), 'secretString') };
  if (binary === undefined) return undefined;
  return { SecretBinary: checkedLength(binary, Buffer.from(binary, 'base64').length, 'secretBinary') };
};

export const labelsOf = (input: Input): readonly string[] => {
  const labels = input['VersionStages'];
  if (labels === undefined || labels === null) return ['AWSCURRENT'];
  if (!Array.isArray(labels) || labels.length === 0 || labels.length > 20) {
    throw invalidParameter('VersionStages must name between 1 and 20 staging labels.');
  }
  return labels.map((label: unknown) => {
    if (typeof label === 'string' && label !== '' && label.length <= 256) return label;
    throw invalidParameter('A staging label must have between 1 and 256 characters.');
  });
};

export const invalidParameter = (message: string): ServiceError =>
  new ServiceError('InvalidParameterException', message);

export const invalidRequest = (message: string): ServiceError => new ServiceError('InvalidRequestException', message);

const checkedLength = (value: string, bytes: number, member: string): string => {
  if (bytes > maxValueBytes) {
    throw new ServiceError(
      'ValidationException',
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: ` +
        `Member must have length less than or equal to ${maxValueBytes}`,
    );
  }
  return value;
};
