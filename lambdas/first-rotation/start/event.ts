/** Checks what CloudFormation sends for the resource that starts first rotations. */
import { CodedError } from '../../../lib/contract/index.ts';

export interface FirstRotationEvent {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly requestId: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** Of an update and a deletion. */
  readonly physicalId?: string;
  /** A presigned address of S3: anyone who has it can answer for the resource. */
  readonly responseUrl: URL;
  /** ARNs of generated secrets that a schedule rotates. */
  readonly scheduled: readonly string[];
  /** ARNs of every generated secret that the stack had before this update. */
  readonly knownBefore: readonly string[];
}

/** Names of the resource's properties, as the construct writes them. */
export const propertyNames = { scheduled: 'ScheduledSecrets', generated: 'GeneratedSecrets' } as const;

/** @throws CodedError `event-invalid` with the name of the field */
export const parseFirstRotationEvent = (event: unknown): FirstRotationEvent => {
  const fields = recordOf(event, 'the event');
  const properties = recordOf(fields['ResourceProperties'], 'ResourceProperties');
  const before = fields['OldResourceProperties'];
  const type = fields['RequestType'];
  if (type !== 'Create' && type !== 'Update' && type !== 'Delete') throw invalid('RequestType');
  const responseUrl = textOf(fields, 'ResponseURL');
  if (!URL.canParse(responseUrl)) throw invalid('ResponseURL');
  const physicalId = fields['PhysicalResourceId'];
  return {
    type,
    requestId: textOf(fields, 'RequestId'),
    stackId: textOf(fields, 'StackId'),
    logicalId: textOf(fields, 'LogicalResourceId'),
    ...(typeof physicalId === 'string' && { physicalId }),
    responseUrl: new URL(responseUrl),
    scheduled: listOf(properties, propertyNames.scheduled),
    knownBefore: before === undefined ? [] : listOf(recordOf(before, 'OldResourceProperties'), propertyNames.generated),
  };
};

const recordOf = (value: unknown, what: string): Record<string, unknown> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(what);
  return value as Record<string, unknown>;
};

const textOf = (fields: Record<string, unknown>, name: string): string => {
  const value = fields[name];
  if (typeof value !== 'string' || value === '') throw invalid(name);
  return value;
};

const listOf = (fields: Record<string, unknown>, name: string): string[] => {
  const value = fields[name];
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw invalid(name);
  return value;
};

const invalid = (what: string): CodedError =>
  new CodedError('event-invalid', `${what} is not what CloudFormation sends for a custom resource`, {
    retryable: false,
  });
