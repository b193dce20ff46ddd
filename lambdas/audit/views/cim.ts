/**
 * An event in the fields of Splunk's Common Information Model, flat. `cim_model` names the data model whose fields it
 * has: https://help.splunk.com/en/data-management/common-information-model
 */
import type { OcsfEvent } from '../normalise/ocsf.ts';
import { classes, isoTime, outcomeOf, type EventFacts } from './event-facts.ts';
import { asText, createMapper, repetitions, type FieldTable } from './field-table.ts';

export const cimFields: FieldTable = {
  ...repetitions('cim_model and action say the same'),
  time: { to: 'time', as: isoTime },
  message: 'description',
  raw_data: 'raw_data',
  class_uid: { derives: 'cim_model' },
  activity_id: { derives: 'action' },
  activity_name: 'activity',
  severity_id: 'severity_id',
  severity: { to: 'severity', as: (severity) => String(severity).toLowerCase() },
  status: { derives: 'status' },
  status_code: ['result_id', 'reason'],
  status_detail: 'result',
  'actor.idp.name': 'identity_provider',
  'actor.invoked_by': 'invoked_by',
  'actor.user.uid': 'user_id',
  'actor.user.uid_alt': 'user_principal_id',
  'actor.user.name': ['user', 'user_name'],
  'actor.user.type': 'user_type',
  'actor.user.type_id': { leftOut: 'user_type says more' },
  'actor.user.credential_uid': 'user_access_key',
  'actor.user.account.uid': 'user_account',
  'actor.session.uid': 'session_id',
  'actor.session.issuer': 'user_role',
  'actor.session.created_time': { to: 'session_start', as: isoTime },
  'actor.session.is_mfa': { to: 'mfa', as: String },
  'api.operation': ['command', 'signature'],
  'api.service.name': ['app', 'dest', 'change_type'],
  'api.request.uid': 'request_id',
  'api.request.data': 'object_attrs',
  'api.response.data': 'response_attrs',
  'api.response.error': 'error_code',
  'api.response.error_message': 'error_message',
  'src_endpoint.ip': ['src', 'src_ip'],
  'src_endpoint.svc_name': 'src',
  'src_endpoint.uid': 'vpc_endpoint',
  'http_request.user_agent': 'user_agent',
  'cloud.provider': 'vendor',
  'cloud.region': 'vendor_region',
  'cloud.account.uid': 'vendor_account',
  resources: { to: 'resources', as: asText },
  'metadata.version': { leftOut: 'it describes the OCSF form' },
  'metadata.uid': ['event_id', 'id'],
  'metadata.event_code': 'signature_id',
  'metadata.log_name': 'log_name',
  'metadata.log_provider': 'vendor_product',
  'metadata.original_time': 'original_time',
  'metadata.product.name': 'dvc',
  'metadata.product.vendor_name': 'product_vendor',
  'metadata.product.version': 'product_version',
  'metadata.is_truncated': { leftOut: 'cut names what was cut' },
  'metadata.untruncated_size': 'untruncated_bytes',
  'unmapped.sharedEventID': 'shared_event_id',
  'unmapped.onBehalfOf': 'on_behalf_of',
  'unmapped.moreSecrets': 'more_secrets',
  'unmapped.cut': 'cut',
};

const map = createMapper(cimFields, 'flat');

/** Fields without a place in the model are in `ocsf`, one text. */
export const toCim = (event: OcsfEvent): Record<string, unknown> => {
  const { document, unknown } = map(event);
  const facts: EventFacts = event;
  const outcome = outcomeOf(facts);
  const model = modelOf(facts);
  document['cim_model'] = model;
  // An authentication's action is its outcome.
  document['action'] = model === 'Authentication' ? outcome : (actions[facts.activity_id] ?? 'unknown');
  document['status'] = outcome;
  nameObject(document, facts);
  if (Object.keys(unknown).length > 0) document['ocsf'] = JSON.stringify(unknown);
  return document;
};

/** Reads are Data Access, everything else that AWS is asked for is Change. */
const modelOf = ({ class_uid: classId, activity_id: activity }: EventFacts): string =>
  models[classId] ?? (activity === read ? 'Data_Access' : 'Change');

const read = 2;

const models: Readonly<Record<number, string>> = {
  [classes.complianceFinding]: 'Alerts',
  [classes.detectionFinding]: 'Alerts',
  [classes.authentication]: 'Authentication',
};

/** By `activity_id` of API Activity. */
const actions: Readonly<Record<number, string>> = { 1: 'created', 2: 'read', 3: 'modified', 4: 'deleted' };

/** The first resource, or several of its type, as a batch read has them: a list would get another field name in Splunk. */
const nameObject = (document: Record<string, unknown>, { resources }: EventFacts): void => {
  const first = resources?.[0];
  if (!resources || !first) return;
  const same = resources.filter(({ type }) => type === first.type);
  document['object_category'] = first.type;
  const names = same.map(({ name, uid }) => name ?? uid).filter((name) => name !== undefined);
  const ids = same.map(({ uid }) => uid).filter((uid) => uid !== undefined);
  if (names.length > 0) document['object'] = names.join(', ');
  if (ids.length > 0) document['object_id'] = ids.join(', ');
};
