/** The application that the rehearsal follows through the example catalog. */
import { randomBytes } from 'node:crypto';

export const subject = {
  environment: 'dev',
  account: '111122223333',
  application: 'payments',
  secret: 'orders-db',
  rds: 'orders',
  /** Role of the first operator of the environment. */
  operator: 'secret-operator',
  consumer: 'api',
  /** A consumer of another application, which is not a declared reader. */
  stranger: { application: 'storefront', consumer: 'web' },
  /** The same secret where the subject's role has no business. */
  elsewhere: { environment: 'prod', account: '444455556666' },
} as const;

/** As ECS names a task, and the session of its role: other sessions of the role are not of a task. */
export const taskId = (): string => randomBytes(16).toString('hex');
