/** Strongroom's constructs, for use from TypeScript with or without a catalog. */
export { loadCatalog, type LoadCatalogOptions } from './catalog/load-catalog.ts';
export {
  auditSeverities,
  type AuditSeverity,
  auditViews,
  type AuditView,
  type CommonDestinationSettings,
  type DatadogSettings,
  type DestinationSettings,
  type ElasticSettings,
  type HttpsSettings,
  type OtlpSettings,
  type SecurityLakeSettings,
  type SentinelSettings,
  type SplunkHecSettings,
  type SyslogSettings,
} from './contract/audit-destinations.ts';
export { secretClasses, type SecretClass } from './contract/classes.ts';
export type {
  AdminCredential,
  AdoptedSecret,
  Application,
  AutomaticRotation,
  Catalog,
  Consumer as CatalogConsumer,
  Contact,
  Detections,
  ContactWithTopic,
  CustomRotation,
  DatabaseTarget,
  EnvironmentCatalog,
  ExistingTopic,
  Federation,
  Fences,
  GeneratedShape,
  ExistingReader,
  IamDatabase,
  NamedNetwork,
  Network,
  RolesAnywhere,
  Rotation,
  RotationException,
  RotationSchedule,
  Secret as CatalogSecret,
  SharedWith,
  PagerDutyService,
  SlackChannel,
  TeamsChannel,
  Use,
  Workload,
} from './model/catalog.ts';
export type { DraftFile } from './catalog/source/read-files.ts';
export { CatalogError, type CatalogProblem, type LocatedMessage } from './catalog/messages/problem.ts';
export type { CatalogProblemCode } from './catalog/messages/problem-codes.ts';
export {
  AlertKey,
  AlertTopic,
  type AlertKeyProps,
  type AlertTopicProps,
} from './constructs/alert-topic/alert-topic.ts';
export { ChatAccess, type ChatAccessProps } from './constructs/alert-topic/chat-channel.ts';
export {
  AuditDestination,
  type AuditDetections,
  type AuditLane,
  AuditTrail,
  type AuditTrailProps,
  DetectionLane,
  type DetectionLaneProps,
} from './constructs/audit-trail/audit-trail.ts';
export type { PermissionSet, RoleOrPermissionSet } from './constructs/role-or-permission-set.ts';
export { BreakGlassRole, type BreakGlassRoleProps } from './constructs/break-glass-role/break-glass-role.ts';
export {
  Consumer,
  type ConsumerOptions,
  type ConsumerProps,
  type ExistingRole,
} from './constructs/consumer/consumer.ts';
export type { WorkloadProps } from './constructs/consumer/workload.ts';
export {
  DatabaseRotation,
  type DatabaseRotationProps,
  type RotationScheduleOptions,
} from './constructs/database-rotation/database-rotation.ts';
export {
  EncryptionKey,
  type EncryptionKeyProps,
  type CrossAccountReader,
} from './constructs/encryption-key/encryption-key.ts';
export { FirstRotation, type FirstRotationProps } from './constructs/first-rotation/first-rotation.ts';
export {
  FunctionRotation,
  type FunctionRotationProps,
  type FunctionScheduleOptions,
} from './constructs/function-rotation/function-rotation.ts';
export {
  ManagedSecret,
  type IManagedSecret,
  type ManagedSecretAttributes,
  type ManagedSecretProps,
  type Replica,
  type SecretFences,
} from './constructs/managed-secret/managed-secret.ts';
export { OperatorPolicy, type OperatorPolicyProps } from './constructs/operator-policy/operator-policy.ts';
export { RotationAlarms, type RotationAlarmsProps } from './constructs/rotation-alarms/rotation-alarms.ts';
export {
  RotationWatch,
  type RotationWatchProps,
  type WatchOptions,
} from './constructs/rotation-watch/rotation-watch.ts';
export type { SecretNames } from './constructs/arns.ts';
export type { IamLogin as IamDatabaseUser } from './reader-policies/reader-policy.ts';
export type { SecretTags } from './model/secret-tags.ts';
export {
  type DeclaredAccess,
  type DeclaredRole,
  type DeclaredSecretAccess,
  type DetectionName,
  detections,
  type Suppression,
} from './contract/detections.ts';
export { databaseEngines, rotationStrategies, type DatabaseEngine, type RotationStrategy } from './contract/engines.ts';
export type { PagerDutyRegion, PagerDutySeverities, PagerDutySeverity } from './contract/pagerduty.ts';
export { CodedError, type CodedErrorOptions } from './contract/coded-error.ts';
export type { Sensitivity } from './contract/names.ts';
export { schemaPrivileges, secretTag, type Grants, type SchemaPrivilege } from './contract/tags.ts';
export { acknowledge, acknowledgeWildcards, type Acknowledgements } from './rules/acknowledge.ts';
export { loadPlacement } from './placement/load-placement.ts';
export type { Placement } from './placement/placement.ts';
export { enforceRulePacks, type RulePackOptions } from './rules/rule-packs.ts';
export type { StackScope } from './rules/template/own-stacks.ts';
export { databaseWithoutTls } from './rules/strongroom-checks.ts';
export { addEnvironments, type AddEnvironmentsOptions } from './stacks/add-environments.ts';
export { Environment } from './stacks/environment.ts';
export { onlyIn } from './stacks/only.ts';
export { synthCatalog, type SynthCatalogOptions } from './stacks/synth-catalog.ts';
