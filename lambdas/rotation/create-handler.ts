/** The rotation function over its ports: one invocation runs one step or action, and leaves one line in the log. */
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import {
  metricName,
  networkMetricDimensions,
  rotationMetricDimensions,
  type DatabaseEngine,
  type RotationEvent,
  type RotationRequest,
} from '../../lib/contract/index.ts';
import type { Deadline } from '../runtime/deadline.ts';
import { embeddedMetric } from '../runtime/embedded-metric.ts';
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
import { redaction } from '../runtime/middleware/redaction.ts';
import type { Redactor } from '../runtime/redaction.ts';
import { act, type ActionReport } from './actions/index.ts';
import { rotate } from './actions/rotate.ts';
import { asksForAction, rotationSchemaOf } from './core/event.ts';
import type { RotationPorts } from './core/ports.ts';
import { observedPorts } from './observed-ports.ts';

export interface RotationHandlerOptions {
  /** Name of the environment whose secrets may be rotated. */
  readonly environment: string;
  readonly engine: DatabaseEngine;
  /** Name of the function's network. @default - the default network */
  readonly network?: string;
  /** The ports for one invocation, which has so much time. */
  readonly ports: (deadline: Deadline) => RotationPorts | Promise<RotationPorts>;
  readonly log: Log;
  /** The one that {@link log} writes through. */
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** Gives the report of an action; a step has none. */
export type RotationHandler = LambdaFunction<ActionReport | undefined>;

type RotationContext = Context & WithDeadline & WithFacts;

/** Time to report a call that ran out of time. */
const reserveMs = 1_500;

export const createHandler = (options: RotationHandlerOptions): RotationHandler => {
  const { environment, engine, network, log, redactor, now = Date.now } = options;
  const owner = { environment, engine, ...(network !== undefined && { network }) };
  const chain = middy<unknown, ActionReport | undefined, Error, RotationContext>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(
      outcomeLog({
        log,
        now,
        what: (event) => (asksForAction(event) ? 'Rotation action' : 'Rotation step'),
        failureMetric: ({ secret }) => ({
          values: { [metricName.rotationStepFailed]: 1 },
          dimensions: network === undefined ? rotationMetricDimensions : networkMetricDimensions,
          fields: { ...owner, ...(typeof secret === 'string' && { secret }) },
        }),
      }),
    )
    .use(redaction({ redactor }))
    .use(deadline({ reserveMs }))
    .use(parseEvent({ what: 'The rotation event', schemaOf: rotationSchemaOf }))
    .handler((event, context) => run(event as RotationEvent | RotationRequest, context, options));
  return asLambdaFunction(chain);
};

const run = async (
  event: RotationEvent | RotationRequest,
  context: RotationContext,
  options: RotationHandlerOptions,
): Promise<ActionReport | undefined> => {
  const { environment, network, log } = options;
  const onFacts = (more: object): void => {
    context.facts = { ...context.facts, ...more };
  };
  const ports = observe(await options.ports(context.deadline), context, options);
  if ('Step' in event) {
    onFacts({ outcome: await rotate(event, ports, environment, onFacts) });
    return undefined;
  }
  onFacts({ action: event.Action });
  const { outcome, report } = await act(event, {
    ports,
    environment,
    log,
    onFacts,
    ...(network !== undefined && { network }),
  });
  onFacts({ outcome });
  return report;
};

const observe = (
  ports: RotationPorts,
  context: WithFacts,
  { environment, engine, network, log, redactor, now = Date.now }: RotationHandlerOptions,
): RotationPorts =>
  observedPorts(ports, {
    redactor,
    onRevoked: (right) => {
      const owner = { environment, engine, ...(network !== undefined && { network }) };
      const { secret } = context.facts;
      const metric = embeddedMetric({
        values: { [metricName.rightsRevoked]: 1 },
        dimensions: [Object.keys(owner)],
        fields: { ...owner, ...(typeof secret === 'string' && { secret }) },
        timestamp: now(),
      });
      log.warn('Right revoked', { ...context.facts, ...right, ...metric });
    },
    onNotice: ({ code, message }) => {
      log.warn('Rotation notice', { ...context.facts, code, notice: message });
    },
  });
