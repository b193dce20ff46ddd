/** Which events are reads of a value. BatchGetSecretValue has one GetSecretValue record for each secret. */
import type { EventFacts } from '../facts/event-facts.ts';

export const isRead = ({ operation, service, succeeded }: EventFacts): boolean =>
  service === 'secretsmanager' && operation === 'GetSecretValue' && succeeded;

/** A read that was asked for, also if it was refused. */
export const isReadAttempt = ({ operation, service }: EventFacts): boolean =>
  service === 'secretsmanager' && operation === 'GetSecretValue';
