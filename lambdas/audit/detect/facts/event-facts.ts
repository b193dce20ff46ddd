/** What the rules need of an event, read once. */
import { isFields } from '../../normalise/event-reader.ts';
import { isDenied } from '../../normalise/operations.ts';
import type { ApiActivity } from '../../normalise/ocsf.ts';
import { secretType } from '../../normalise/secret-resource.ts';

export interface EventFacts {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly operation: string;
  /** `secretsmanager`. */
  readonly service: string;
  readonly region: string;
  readonly succeeded: boolean;
  readonly denied: boolean;
  readonly principal: PrincipalFacts;
  /** Names in Secrets Manager. */
  readonly secrets: readonly string[];
  /** ARNs and names of everything else that the event names. */
  readonly resources: readonly string[];
  /** IP address of the caller; absent if an AWS service called. */
  readonly ip: string | undefined;
  readonly vpcEndpoint: string | undefined;
  /** Named request parameters. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Named fields of the answer. */
  readonly response: Readonly<Record<string, unknown>>;
  /** What the normaliser found out and OCSF has no field for. */
  readonly more: Readonly<Record<string, string>>;
}

export interface PrincipalFacts {
  /** ARN of the role, or of the user; else what the event has. Never of a session. */
  readonly arn: string;
  /** Name of the role session: for a function its name, for an instance its id. */
  readonly session: string | undefined;
  /** A user, root, a role of Identity Center, or a session of the console. Who uses another role is not known. */
  readonly isPerson: boolean;
  /** The AWS service that acts for the principal or by itself. */
  readonly invokedBy: string | undefined;
}

export const factsOf = (event: ApiActivity): EventFacts => ({
  id: event.metadata.uid,
  at: event.time,
  operation: event.api.operation,
  service: event.api.service.name.replace(/\.amazonaws\.com$/, ''),
  region: event.cloud.region,
  succeeded: event.status === 'Success',
  denied: isDenied(event.status_code ?? ''),
  principal: principalOf(event),
  secrets: event.resources.flatMap(({ type, name }) => (type === secretType && name !== undefined ? [name] : [])),
  resources: event.resources.flatMap(({ type, uid, name }) => (type === secretType ? [] : (uid ?? name ?? []))),
  ip: event.src_endpoint.ip,
  vpcEndpoint: event.src_endpoint.uid,
  request: dataOf(event.api.request?.data),
  response: dataOf(event.api.response?.data),
  more: event.unmapped ?? {},
});

/** One JSON text, which the normaliser wrote. */
const dataOf = (data: string | undefined): Readonly<Record<string, unknown>> => {
  const value: unknown = data === undefined ? {} : JSON.parse(data);
  return isFields(value) ? value : {};
};

const principalOf = ({ actor, unmapped }: ApiActivity): PrincipalFacts => {
  const arn = actor.session?.issuer ?? actor.user?.uid ?? actor.user?.name ?? actor.invoked_by ?? 'unknown';
  return {
    arn,
    session: actor.session?.uid,
    isPerson:
      peopleTypes.has(actor.user?.type ?? '') ||
      /:role\/(.*\/)?AWSReservedSSO_/.test(arn) ||
      unmapped?.['fromConsole'] === 'true',
    invokedBy: actor.invoked_by,
  };
};

const peopleTypes: ReadonlySet<string> = new Set(['IAMUser', 'Root', 'SAMLUser', 'IdentityCenterUser']);

/** `role/dev-payments-api`, for messages. */
export const nameOf = ({ arn }: PrincipalFacts): string => arn.replace(/^arn:[^:]*:[^:]*:[^:]*:/, '');
