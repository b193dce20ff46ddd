/** What arrived at the SIEM: the read, the rotation and the refusal, each with secret, principal and outcome. */
import type { ApiActivity } from '../../lambdas/audit/normalise/ocsf.ts';
import { consumerRoleName } from '../../lib/contract/index.ts';
import type { Scene } from './scene.ts';
import { subject } from './subject.ts';

interface Expectation {
  readonly what: string;
  readonly operation: string;
  readonly status: ApiActivity['status'];
  /** Name of the role that acted; absent: the service itself. */
  readonly role?: string;
}

const expectations: readonly Expectation[] = [
  {
    what: 'the read',
    operation: 'GetSecretValue',
    status: 'Success',
    role: consumerRoleName(subject.environment, subject.application, subject.consumer),
  },
  { what: 'the rotation', operation: 'RotationSucceeded', status: 'Success' },
  {
    what: 'the refusal',
    operation: 'GetSecretValue',
    status: 'Failure',
    role: consumerRoleName(subject.environment, subject.stranger.application, subject.stranger.consumer),
  },
];

/** Waits for each event; returns their sentences, a line each. @throws if one does not arrive. */
export const showAudit = async (scene: Scene): Promise<string> => {
  const sentences = await Promise.all(
    expectations.map(async (expectation) => {
      const { event } = await scene.platform.siem
        .waitFor(({ event }) => matches(event as Partial<ApiActivity>, expectation, scene.secret), 300_000)
        .catch((cause: unknown) => {
          throw new Error(`${expectation.what} did not arrive at the SIEM`, { cause });
        });
      return (event as ApiActivity).message;
    }),
  );
  return ['class 6003, such as', ...sentences].join('\n');
};

const matches = (event: Partial<ApiActivity>, { operation, status, role }: Expectation, secret: string): boolean =>
  event.class_uid === 6003 &&
  event.api?.operation === operation &&
  event.status === status &&
  (role === undefined || event.actor?.session?.issuer?.endsWith(`:role/${role}`) === true) &&
  event.resources?.some(({ name, uid }) => name === secret || uid?.includes(`:secret:${secret}`) === true) === true;
