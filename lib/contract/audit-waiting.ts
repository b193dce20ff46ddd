/** How long an audit event waits for its destination: the queues, the functions and the alarms go by the same times. */

const days = 24 * 60 * 60 * 1000;

/** For as long as SQS keeps a message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const auditQueueRetentionMs = 14 * days;

/** After which the function puts what is not delivered into the dead letters itself: a day before SQS would delete it. */
export const auditWaitsAtMostMs = 13 * days;

/** From then on an alarm says that the time ends. */
export const auditWaitEndsMs = 10 * days;

/** How often SQS gives a message out before it moves it to the dead letters: the most that it takes. */
export const mostReceives = 1_000;

/**
 * Seconds for which a message is hidden that a function took and never gave back: so long that a function that always
 * crashes does not use up the receives before {@link auditWaitsAtMostMs}.
 */
export const auditHiddenSeconds = Math.ceil(auditWaitsAtMostMs / 1000 / mostReceives);
