/** A chain of middlewares around a handler, called as Lambda does it. */
import middy, { type MiddlewareObj } from '@middy/core';
import type { Log } from '../../lambdas/runtime/log.ts';

export interface LogLine extends Readonly<Record<string, unknown>> {
  readonly level: string;
  readonly message: string;
}

/** A log that keeps its lines. */
export const keptLog = (): { readonly log: Log; readonly lines: LogLine[] } => {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ ...fields, level, message });
    };
  return { log: { info: at('info'), warn: at('warn'), error: at('error') }, lines };
};

export const invokeThrough = (
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- middlewares of any event, result and context
  middlewares: readonly MiddlewareObj<any, any, Error, any, any>[],
  handler: (event: unknown, context: never) => unknown,
  event: unknown = {},
): Promise<unknown> => {
  const chain = middy({ timeoutEarlyInMillis: 0 });
  for (const middleware of middlewares) chain.use(middleware);
  const context = { getRemainingTimeInMillis: () => 30_000 };
  return chain.handler(handler as never)(event, context as never) as Promise<unknown>;
};
