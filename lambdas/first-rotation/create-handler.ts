/** The function of first rotations over its ports. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Deadline } from '../runtime/deadline.ts';
import type { Log } from '../runtime/log.ts';
import { customResource, type CustomResourceOptions } from '../runtime/middleware/custom-resource.ts';
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
import { firstRotationSchema, type FirstRotationEvent } from './start/event.ts';
import { startFirstRotations, type FirstRotationPorts } from './start/first-rotation.ts';

export interface FirstRotationHandlerOptions {
  /** The ports for one invocation, which has so much time. */
  readonly ports: (deadline: Deadline) => FirstRotationPorts;
  /** Sends the answer to CloudFormation. */
  readonly answer: CustomResourceOptions['answer'];
  readonly now: () => Date;
  readonly log: Log;
  /** The one that {@link log} writes through. */
  readonly redactor: Redactor;
}

/** Time to answer CloudFormation, which waits for an hour if no answer comes. */
const reserveMs = 45_000;

type FirstRotationContext = Context & WithDeadline & WithFacts;

/** Gives nothing: CloudFormation has its answer by then. */
export const createHandler = (options: FirstRotationHandlerOptions): LambdaFunction<unknown> => {
  const { ports, answer, now, log, redactor } = options;
  const chain = middy<unknown, undefined, Error, FirstRotationContext>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(outcomeLog({ log, what: () => 'Start of first rotations', now: () => now().getTime() }))
    .use(deadline({ reserveMs }))
    .use(customResource({ answer, redactor }))
    .use(parseEvent({ what: "The resource's request", schemaOf: () => firstRotationSchema }))
    .handler(async (event, context) => {
      const { deadline: left } = context;
      await startFirstRotations(event as FirstRotationEvent, { ports: ports(left), deadline: left, now, log });
      return undefined;
    });
  return asLambdaFunction(chain);
};
