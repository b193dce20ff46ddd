/**
 * An event in the fields of the Elastic Common Schema: https://www.elastic.co/docs/reference/ecs
 *
 * What CloudTrail alone knows has the names of Elastic's own integration, so that rules for `aws.cloudtrail` apply:
 * https://www.elastic.co/docs/reference/beats/filebeat/exported-fields-aws
 */
import type { OcsfEvent } from '../normalise/ocsf.ts';
import { classes, isoTime, outcomeOf, type EventFacts } from './event-facts.ts';
import { asText, createMapper, repetitions, type FieldTable } from './field-table.ts';

export const ecsVersion = '9.4.0';

export const ecsFields: FieldTable = {
  ...repetitions('class_uid and activity_id say the same'),
  time: { to: '@timestamp', as: isoTime },
  message: 'message',
  raw_data: 'event.original',
  class_uid: 'strongroom.class_uid',
  activity_id: { derives: 'event.type' },
  activity_name: 'strongroom.activity',
  severity_id: 'event.severity',
  severity: { to: 'log.level', as: (severity) => String(severity).toLowerCase() },
  status: { derives: 'event.outcome' },
  status_code: 'error.code',
  status_detail: ['error.message', 'event.reason'],
  'actor.idp.name': 'strongroom.identity_provider',
  'actor.invoked_by': 'aws.cloudtrail.user_identity.invoked_by',
  'actor.user.uid': 'aws.cloudtrail.user_identity.arn',
  'actor.user.uid_alt': 'user.id',
  'actor.user.name': 'user.name',
  'actor.user.type': 'aws.cloudtrail.user_identity.type',
  'actor.user.type_id': { leftOut: 'actor.user.type says more' },
  'actor.user.credential_uid': 'aws.cloudtrail.user_identity.access_key_id',
  'actor.user.account.uid': 'strongroom.user.account_id',
  'actor.session.uid': 'strongroom.session.name',
  'actor.session.issuer': 'aws.cloudtrail.user_identity.session_context.session_issuer.arn',
  'actor.session.created_time': {
    to: 'aws.cloudtrail.user_identity.session_context.creation_date',
    as: isoTime,
  },
  'actor.session.is_mfa': { to: 'aws.cloudtrail.user_identity.session_context.mfa_authenticated', as: String },
  'api.operation': 'event.action',
  'api.service.name': ['event.provider', 'cloud.service.name'],
  'api.request.uid': 'aws.cloudtrail.request_id',
  'api.request.data': 'aws.cloudtrail.request_parameters',
  'api.response.data': 'aws.cloudtrail.response_elements',
  'api.response.error': 'aws.cloudtrail.error_code',
  'api.response.error_message': 'aws.cloudtrail.error_message',
  'src_endpoint.ip': ['source.ip', 'source.address'],
  'src_endpoint.svc_name': 'source.address',
  'src_endpoint.uid': 'aws.cloudtrail.vpc_endpoint_id',
  'http_request.user_agent': 'user_agent.original',
  'cloud.provider': { to: 'cloud.provider', as: (provider) => String(provider).toLowerCase() },
  'cloud.region': 'cloud.region',
  'cloud.account.uid': 'cloud.account.id',
  resources: { to: 'aws.cloudtrail.resources', as: (resources) => resourcesOf(resources) },
  'metadata.version': { leftOut: 'ecs.version names the schema of the document' },
  'metadata.uid': 'event.id',
  'metadata.event_code': 'aws.cloudtrail.event_type',
  'metadata.log_name': 'aws.cloudtrail.event_category',
  'metadata.log_provider': { derives: 'event.dataset' },
  'metadata.original_time': 'strongroom.original_time',
  'metadata.product.name': 'observer.product',
  'metadata.product.vendor_name': 'observer.vendor',
  'metadata.product.version': 'aws.cloudtrail.event_version',
  'metadata.is_truncated': { leftOut: 'strongroom.cut names what was cut' },
  'metadata.untruncated_size': 'strongroom.untruncated_bytes',
  'unmapped.sharedEventID': 'aws.cloudtrail.shared_event_id',
  'unmapped.onBehalfOf': 'strongroom.on_behalf_of',
  'unmapped.moreSecrets': 'strongroom.more_secrets',
  'unmapped.cut': 'strongroom.cut',
};

const map = createMapper(ecsFields, 'nested');

type Group = Record<string, unknown>;

interface EcsDocument {
  event?: Group;
  user?: Group;
  source?: Group;
  aws?: { cloudtrail?: { user_identity?: Group } };
  strongroom?: Group;
  [fieldSet: string]: unknown;
}

/** Fields without a place in the schema are in `strongroom.ocsf`, one text, so that no event can change a mapping. */
export const toEcs = (event: OcsfEvent): Record<string, unknown> => {
  const facts: EventFacts = event;
  const { document: fields, unknown } = map(event);
  const document = fields as EcsDocument;
  const isCloudTrail = facts.metadata.log_provider === 'AWS CloudTrail';
  document['ecs'] = { version: ecsVersion };
  document.event = {
    ...document.event,
    kind: kinds[facts.class_uid] ?? 'event',
    category: [categories[facts.class_uid] ?? 'api'],
    type: typesOf(facts),
    outcome: outcomeOf(facts),
    module: isCloudTrail ? 'aws' : 'strongroom',
    dataset: isCloudTrail ? 'aws.cloudtrail' : 'strongroom.audit',
  };
  const arn = document.aws?.cloudtrail?.user_identity?.['arn'];
  if (document.user?.['id'] === undefined && arn !== undefined) document.user = { ...document.user, id: arn };
  const users = [document.user?.['name'], arn].filter((user) => user !== undefined);
  const ip = document.source?.['ip'];
  if (users.length > 0 || ip !== undefined) {
    document['related'] = { ...(users.length > 0 && { user: users }), ...(ip !== undefined && { ip: [ip] }) };
  }
  if (Object.keys(unknown).length > 0) document.strongroom = { ...document.strongroom, ocsf: JSON.stringify(unknown) };
  return document;
};

const kinds: Readonly<Record<number, string>> = {
  [classes.complianceFinding]: 'state',
  [classes.detectionFinding]: 'alert',
};

const categories: Readonly<Record<number, string>> = {
  [classes.complianceFinding]: 'configuration',
  [classes.detectionFinding]: 'intrusion_detection',
  [classes.authentication]: 'authentication',
};

/** By `activity_id` of API Activity. */
const apiTypes: Readonly<Record<number, string>> = { 1: 'creation', 2: 'access', 3: 'change', 4: 'deletion' };

const denied = /AccessDenied|Unauthorized|NotAuthorized/i;

const typesOf = ({ class_uid: classId, activity_id: activity, status_code: code }: EventFacts): readonly string[] => {
  if (classId === classes.authentication) return [authenticationTypes[activity] ?? 'info'];
  const type = (classId === classes.apiActivity ? apiTypes[activity] : undefined) ?? 'info';
  return code !== undefined && denied.test(code) ? [type, 'denied'] : [type];
};

/** By `activity_id` of Authentication: log-on, log-off. */
const authenticationTypes: Readonly<Record<number, string>> = { 1: 'start', 2: 'end' };

const resourcesOf = (resources: unknown): unknown =>
  Array.isArray(resources)
    ? resources.map((resource: Readonly<Record<string, unknown>>) => {
        const { uid, name, type, ...more } = resource;
        return {
          ...(uid !== undefined && { arn: uid }),
          ...(name !== undefined && { name }),
          ...(type !== undefined && { type }),
          ...(Object.keys(more).length > 0 && { other: JSON.stringify(more) }),
        };
      })
    : asText(resources);
