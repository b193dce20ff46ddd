/** The functions' log: one JSON object per line, without any known secret. */
import { Logger } from '@aws-lambda-powertools/logger';
import type { Redactor } from './redaction.ts';

export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** @param service - is in every line. */
export const createLog = (service: string, redactor: Redactor): Log => {
  const logger = new Logger({
    serviceName: service,
    // Every string of a line goes through here, also those of causes and of a driver's own error fields.
    jsonReplacerFn: (_key, value) => (typeof value === 'string' ? redactor.redact(value) : value),
  });
  return {
    info: (message, fields = {}) => {
      logger.info(message, fields);
    },
    warn: (message, fields = {}) => {
      logger.warn(message, fields);
    },
    error: (message, fields = {}) => {
      logger.error(message, fields);
    },
  };
};
