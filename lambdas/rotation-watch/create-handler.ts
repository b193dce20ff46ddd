/** The watch of rotations by functions of the organisation's own, over its ports. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { WatchRequest } from '../../lib/contract/index.ts';
import type { Deadline } from '../runtime/deadline.ts';
import type { Log } from '../runtime/log.ts';
import { deadline } from '../runtime/middleware/deadline.ts';
import { errorMapping } from '../runtime/middleware/error-mapping.ts';
import {
  asLambdaFunction,
  middyOptions,
  type LambdaFunction,
  type WithDeadline,
  type WithFacts,
} from '../runtime/middleware/invocation.ts';
import { outcomeLog } from '../runtime/middleware/outcome-log.ts';
import { parseEvent } from '../runtime/middleware/parse-event.ts';
import type { Redactor } from '../runtime/redaction.ts';
import { watchSchema } from './watch/event.ts';
import { measure, type WatchPorts, type WatchReport } from './watch/watch.ts';

export interface WatchHandlerOptions {
  readonly environment: string;
  /** The ports for one invocation, which has so much time. */
  readonly ports: (deadline: Deadline) => WatchPorts;
  readonly now: () => Date;
  readonly log: Log;
  /** The one that {@link log} writes through. */
  readonly redactor: Redactor;
}

type WatchContext = Context & WithDeadline & WithFacts;

/** Time to report a call that ran out of time. */
const reserveMs = 1_500;

export const createHandler = (options: WatchHandlerOptions): LambdaFunction<WatchReport> => {
  const { environment, ports, now, log, redactor } = options;
  const chain = middy<unknown, WatchReport, Error, WatchContext>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(outcomeLog({ log, what: () => 'Rotation watch', now: () => now().getTime() }))
    .use(deadline({ reserveMs }))
    .use(parseEvent({ what: 'The request of the schedule', schemaOf: () => watchSchema }))
    .handler((event, context) =>
      measure(event as WatchRequest, { environment, ports: ports(context.deadline), now, log }),
    );
  return asLambdaFunction(chain);
};
