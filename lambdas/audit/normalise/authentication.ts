/** OCSF Authentication (3002): https://schema.ocsf.io/1.8.0/classes/authentication?profiles=cloud */
import { isIP } from 'node:net';
import { cleanEvent } from './clean-event.ts';
import {
  awsCloud,
  ocsfSeverity,
  ocsfStatus,
  ocsfVersion,
  type OcsfBase,
  type OcsfEndpoint,
  type OcsfSession,
  type OcsfStatus,
  type OcsfUser,
} from './ocsf-objects.ts';

export interface Authentication extends OcsfBase {
  readonly class_uid: 3002;
  readonly class_name: 'Authentication';
  readonly category_uid: 3;
  readonly category_name: 'Identity & Access Management';
  readonly status: OcsfStatus;
  readonly status_code?: string;
  readonly status_detail?: string;
  readonly user: OcsfUser;
  readonly session?: OcsfSession;
  /** What was logged in to. */
  readonly service: { readonly name: string };
  readonly auth_protocol_id: number;
  readonly auth_protocol: string;
  readonly is_mfa?: boolean;
  readonly src_endpoint?: OcsfEndpoint;
  readonly http_request?: { readonly user_agent: string };
}

const activities = { Logon: 1, Logoff: 2 } as const;

const protocols = { OpenID: 4, SAML: 5, 'OAUTH 2.0': 6, Other: 99 } as const;

export interface AuthenticationInput {
  readonly eventId: string;
  readonly activity: keyof typeof activities;
  readonly status: OcsfStatus;
  /** Why it failed: a code such as `token-expired`, and a sentence. */
  readonly statusCode?: string;
  readonly statusDetail?: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly account: string;
  readonly region: string;
  readonly user: OcsfUser;
  readonly session?: OcsfSession;
  readonly service: string;
  /** A name that OCSF does not list is `Other`, with that name. SigV4 is such a name. */
  readonly protocol: string;
  readonly isMfa?: boolean;
  /** Address, or another name of where it came from. */
  readonly source?: string;
  readonly userAgent?: string;
}

/** A login that fails is Low: a detection raises it if it repeats. */
export const authentication = (input: AuthenticationInput): Authentication => {
  const { activity, status, user, service, source, userAgent } = input;
  const severity = status === 'Success' ? 'Informational' : 'Low';
  const protocol = Object.entries(protocols).find(([name]) => name === input.protocol)?.[1] ?? protocols.Other;
  return cleanEvent({
    class_uid: 3002,
    class_name: 'Authentication',
    category_uid: 3,
    category_name: 'Identity & Access Management',
    activity_id: activities[activity],
    activity_name: activity,
    type_uid: 300_200 + activities[activity],
    type_name: `Authentication: ${activity}`,
    time: input.time,
    severity_id: ocsfSeverity[severity],
    severity,
    status_id: ocsfStatus[status],
    status,
    status_code: input.statusCode,
    status_detail: input.statusDetail,
    message: `${activity} of ${user.uid ?? user.name ?? 'unknown'} at ${service}: ${input.statusCode ?? status}`,
    user,
    session: input.session,
    service: { name: service },
    auth_protocol_id: protocol,
    auth_protocol: input.protocol,
    is_mfa: input.isMfa,
    src_endpoint: source === undefined ? undefined : endpointOf(source),
    http_request: userAgent === undefined ? undefined : { user_agent: userAgent },
    cloud: awsCloud(input.account, input.region),
    metadata: {
      version: ocsfVersion,
      profiles: ['cloud'],
      uid: input.eventId,
      product: { name: 'Strongroom', vendor_name: 'Strongroom' },
    },
  } as Authentication);
};

const endpointOf = (source: string): OcsfEndpoint =>
  isIP(source) !== 0 && source.length <= 40 ? { ip: source } : { svc_name: source };
