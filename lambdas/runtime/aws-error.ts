/** Every way in which a call of AWS fails. */
import { CodedError } from '../../lib/contract/index.ts';

export const awsErrorCodes = ['aws-throttled', 'aws-denied', 'aws-unavailable', 'aws-failed'] as const;
export type AwsErrorCode = (typeof awsErrorCodes)[number];

export class AwsError extends CodedError<AwsErrorCode> {
  override readonly name: string = 'AwsError';
}
