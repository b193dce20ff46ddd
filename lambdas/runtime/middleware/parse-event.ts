/** Checks the event at the edge. The handler gets what the schema knows, and nothing else. */
import type { MiddlewareObj } from '@middy/core';
import * as z from 'zod/mini';
import { parseBy } from '../parse-by.ts';
import { aFunction, checkOptions } from './check-options.ts';

export interface ParseEventOptions {
  /** Name of what is parsed, for messages: `The rotation event`. */
  readonly what: string;
  /** The schema for an event of this kind. */
  readonly schemaOf: (event: unknown) => z.ZodMiniType;
}

/**
 * `z.strictObject` for objects of ours: an unknown key is a mistake. `z.object` for those of AWS, which adds keys over
 * time: they are dropped.
 */
export const parseEvent = (options: ParseEventOptions): MiddlewareObj => {
  checkOptions('parse-event', { what: z.string(), schemaOf: aFunction }, options);
  const { what, schemaOf } = options;
  return {
    before: (request) => {
      request.event = parseBy(schemaOf(request.event), request.event, what);
    },
  };
};
