/** An event that a function does not accept, or a part of one. Its message names fields, and never quotes what they hold. */
import { CodedError } from '../../lib/contract/index.ts';

export class InvalidEvent extends CodedError<'event-invalid'> {
  override readonly name = 'InvalidEvent';

  constructor(message: string) {
    super('event-invalid', message, { retryable: false });
  }
}
