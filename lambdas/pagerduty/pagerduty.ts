/** One event to the Events API v2 of PagerDuty: https://developer.pagerduty.com/docs/events-api-v2/overview/ */
import type { PagerDutyRegion } from '../../lib/contract/index.ts';
import { answerError, answerText, codedAnswerError, jsonObject } from '../audit/destinations/answer-error.ts';
import { DestinationError, type DestinationSecret, type HttpsRequest } from '../audit/destinations/destination.ts';
import type { PagerDutyEvent } from './pagerduty-event.ts';

/** Fixed by the deployment. Nothing in a message changes where an event goes. */
const hosts: Readonly<Record<PagerDutyRegion, string>> = {
  us: 'events.pagerduty.com',
  eu: 'events.eu.pagerduty.com',
};

export interface PagerDutyOptions {
  readonly region: PagerDutyRegion;
  readonly secret: DestinationSecret;
  readonly request: HttpsRequest;
}

export interface PagerDuty {
  /**
   * One attempt, or two if the routing key was replaced since it was read.
   *
   * @throws DestinationError `busy`, `timeout` and `unreachable` pass by themselves; `misconfigured` does not.
   */
  send(event: PagerDutyEvent, signal: AbortSignal): Promise<void>;
}

export const createPagerDuty = ({ region, secret, request }: PagerDutyOptions): PagerDuty => {
  const url = new URL(`https://${hosts[region]}/v2/enqueue`);
  const attempt = async (event: PagerDutyEvent, routingKey: string, signal: AbortSignal): Promise<void> => {
    const answer = await request(url, {
      body: JSON.stringify({ routing_key: routingKey, ...event }),
      headers: { 'content-type': 'application/json' },
      signal,
    });
    // A proxy can answer with a page and 202; PagerDuty answers `{"status": "success"}`.
    const said = jsonObject(answer);
    if (answer.status === 202 && said?.['status'] === 'success') return;
    const text = answerText(errorIn(said), [routingKey]);
    throw answer.status === 202
      ? codedAnswerError('busy', 'PagerDuty', answer, text)
      : answerError('PagerDuty', answer, text);
  };
  return {
    send: async (event, signal) => {
      const routingKey = keyIn(await secret.read(signal));
      try {
        await attempt(event, routingKey, signal);
      } catch (error) {
        // 400 is the answer to a wrong key too: an operator may have put another one.
        if (!(error instanceof DestinationError) || error.retryable) throw error;
        const reread = keyIn(await secret.reread(signal));
        if (reread === routingKey) throw error;
        await attempt(event, reread, signal);
      }
    },
  };
};

const keyIn = ({ routingKey = '' }: Readonly<Record<string, string>>): string => routingKey;

/** `{"status": "invalid event", "message": "Event object is invalid", "errors": ["…"]}` */
const errorIn = (said: Readonly<Record<string, unknown>> | undefined): string => {
  const { message, errors } = said ?? {};
  const all = [message, ...(Array.isArray(errors) ? (errors as readonly unknown[]) : [])];
  return all.filter((one) => typeof one === 'string').join('; ');
};
