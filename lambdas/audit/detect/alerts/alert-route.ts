/** The port through which alerts reach people. */
import type { Deadline } from '../../../runtime/deadline.ts';
import type { Alert } from './alert.ts';

export interface AlertRoute {
  /**
   * Sends to the contact of the platform, and to those of the applications with the concerned secrets.
   *
   * @throws CodedError if one of them did not get it: the detection is then tried again.
   */
  send(alert: Alert, deadline: Deadline): Promise<void>;
}
