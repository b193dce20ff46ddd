/** Why a file of the trail, or the message that names it, is put aside. The message never quotes what a file holds. */
import { CodedError } from '../../../lib/contract/index.ts';

export type TrailFileErrorCode =
  /** The message is neither of S3 nor of this function. */
  | 'message-invalid'
  /** The message names an object outside the trail of this environment. It is not read. */
  | 'file-foreign'
  /** The object does not exist: someone deleted it. */
  | 'file-missing'
  /** The object has no bytes. */
  | 'file-empty'
  /** The object is not a complete file of a trail. */
  | 'file-damaged'
  /** A record of the file can't be made an event. */
  | 'record-invalid';

export class TrailFileError extends CodedError<TrailFileErrorCode> {
  override readonly name = 'TrailFileError';

  constructor(code: TrailFileErrorCode, message: string, cause?: unknown) {
    super(code, message, { retryable: false, cause });
  }
}
