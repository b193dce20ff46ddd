/**
 * Names that both sides of the platform derive from the same words, so that nothing is exported between stacks.
 *
 * Environment, application, secret, consumer and engine names are checked by the catalog (`[a-z0-9-]`), so every name
 * composed here is valid for its service as long as the catalog's length checks pass.
 */

import { type DatabaseEngine, databaseEngines } from './engines.ts';

export type Sensitivity = 'standard' | 'high';

/** The application name under which the platform keeps its own secrets; no catalog file may use it. */
export const platformApplication = 'strongroom';

/** The alias of the key of an environment × sensitivity; what refers to a key refers to this alias. */
export const keyAlias = (environment: string, sensitivity: Sensitivity): string =>
  `alias/strongroom/${environment}/${sensitivity}`;

/** The network of a secret that names no other. */
export const defaultNetwork = 'default';

/**
 * What distinguishes the rotation functions of an environment: `postgres`, and `postgres-data` in the network `data`. No name
 * of an engine has a hyphen.
 *
 * @param network - absent: the default network
 */
export const rotatorName = (engine: DatabaseEngine, network?: string): string =>
  network === undefined || network === defaultNetwork ? engine : `${engine}-${network}`;

/** One function for each engine, environment and network, never one per secret. */
export const rotationFunctionName = (environment: string, engine: DatabaseEngine, network?: string): string =>
  `strongroom-${environment}-rotation-${rotatorName(engine, network)}`;

/** Whether the ARN is that of a {@link rotationFunctionName}. */
export const isRotationFunction = (functionArn: string): boolean =>
  rotationFunctionPattern.test(functionArn.split(':')[6] ?? '');

const rotationFunctionPattern = new RegExp(`^strongroom-.+-rotation-(${databaseEngines.join('|')})(-[a-z0-9-]+)?$`);

/** The role of {@link rotationFunctionName}; secrets' resource policies name it. */
export const rotationRoleName = (environment: string, engine: DatabaseEngine, network?: string): string =>
  rotationFunctionName(environment, engine, network);

/** The function that starts the first rotation of new secrets, and its role; secrets' resource policies name it. */
export const firstRotationName = (environment: string): string => `strongroom-${environment}-first-rotation`;

/**
 * The function that watches rotations by functions of the organisation's own, and its role; secrets' resource policies name
 * it. It does not begin as {@link rotationFunctionName} does: operators invoke those.
 */
export const rotationWatchName = (environment: string): string => `strongroom-${environment}-watch`;

/** The policy that an organisation attaches to its operators' roles. */
export const operatorPolicyName = (environment: string): string => `strongroom-${environment}-operators`;

/** The function that normalises audit events, and its role. */
export const auditFunctionName = (environment: string): string => `strongroom-${environment}-audit`;

/** The function that delivers audit events to one destination, and its role. The policy of the destination's secret names it. */
export const auditDeliverName = (environment: string, destination: string): string =>
  `${auditFunctionName(environment)}-${destination}`;

/** The function that compares the files of the trail with what was delivered, and its role. */
export const auditCompleteName = (environment: string): string => `${auditFunctionName(environment)}-complete`;

/** The table of what was delivered to which destination. */
export const auditLedgerName = (environment: string): string => `${auditFunctionName(environment)}-ledger`;

/** The function that detects what the catalog does not expect, its role and its queue. */
export const auditDetectName = (environment: string): string => `${auditFunctionName(environment)}-detect`;

/** The table of what detections remember. */
export const auditDetectionsName = (environment: string): string => `${auditFunctionName(environment)}-detections`;

/** The alarm, in the region of replicas, that audit events did not reach the environment's region. */
export const replicaLaneAlarmName = (environment: string, region: string): string =>
  `${auditFunctionName(environment)}-replica/${region}`;

/** The destination of a catalog with a single one. Its secret and its logical ids are those of releases with one SIEM. */
export const defaultDestination = 'siem';

/**
 * Names of destinations that would make the name of another function, `forwarder` that of releases with one SIEM, or the
 * keys of the counts in the ledger.
 */
export const reservedDestinations: readonly string[] = ['complete', 'completeness', 'detect', 'forwarder'];

/** The trail that Strongroom makes for an environment. */
export const trailName = (environment: string): string => `strongroom-${environment}`;

/** The role that may read and write every secret of an environment in an emergency. */
export const breakGlassRoleName = (environment: string): string => `strongroom-${environment}-break-glass`;

/** The role that Strongroom makes for a consumer (64 characters at most). */
export const consumerRoleName = (environment: string, application: string, consumer: string): string =>
  `${environment}-${application}-${consumer}`;

/** The SNS topic that pages a contact of the catalog; alarms of every stack refer to it by name. */
export const alertTopicName = (environment: string, contact: string): string =>
  `strongroom-${environment}-alerts-${contact}`;

/** The alarm that a secret's rotation failed (255 characters at most). */
export const rotationAlarmName = (fullName: string): string => `strongroom-rotation-failed/${fullName}`;

/** CloudFormation stacks: `strongroom-<environment>-foundation`, `-rotation`, `-audit`, and one for each application. */
export const stackName = (environment: string, part: string): string => `strongroom-${environment}-${part}`;
