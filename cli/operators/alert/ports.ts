/** What `alert test` calls, for one region. */
import type { AlertPublication } from '../../../lib/contract/index.ts';
import type { Identity } from '../ports.ts';

export interface AlertAws {
  whoAmI(): Promise<Identity>;
  /**
   * @returns the id of the message.
   * @throws CommandError if the topic did not take it
   */
  publish(topicArn: string, publication: AlertPublication): Promise<string>;
  subscriptions(topicArn: string): Promise<readonly Subscription[]>;
  close(): void;
}

export interface Subscription {
  /** `email`, `https`, `sqs`, … */
  readonly protocol: string;
  readonly endpoint: string;
  readonly confirmed: boolean;
}

export type ConnectAlerts = (region: string) => AlertAws | Promise<AlertAws>;
