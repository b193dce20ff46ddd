/**
 * Environment variables of the functions. The constructs write `FunctionEnvironment<typeof rotationVariables>`, the
 * handlers read the same names: a renamed variable is a compile error on both sides.
 */
export const rotationVariables = {
  /** Name of the environment (`dev`): refused is every secret whose name does not start with `<environment>/`. */
  environment: 'STRONGROOM_ENVIRONMENT',
  /** The {@link DatabaseEngine} that this function serves. */
  engine: 'STRONGROOM_ENGINE',
} as const;

/** Name of the network of a rotation function. Absent: the default network. */
export const networkVariable = 'STRONGROOM_NETWORK';

export const watchVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
} as const;

/** Of the function that turns audit events into OCSF and sends them to the queue of each destination. */
export const auditVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
  /** JSON: a list of {@link AuditQueue}. */
  destinations: 'STRONGROOM_AUDIT_DESTINATIONS',
  /** URL of the queue that it reads: messages of another one are not events of ours. */
  queue: 'STRONGROOM_AUDIT_QUEUE',
  /** URL of the queue for input that is not an event of ours. */
  quarantine: 'STRONGROOM_AUDIT_QUARANTINE',
} as const;

/** Of the functions that deliver audit events, one per destination. */
export const auditDeliverVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
  /** JSON: {@link DestinationSettings}. */
  destination: 'STRONGROOM_AUDIT_DESTINATION',
  /** URL of the queue that it reads, for what is left of a pack. Messages of another one are not packs. */
  queue: 'STRONGROOM_AUDIT_QUEUE',
  /** URL of the queue for events that the destination refuses. */
  deadLetters: 'STRONGROOM_AUDIT_DEAD_LETTERS',
  /** Name of the table with the ids of delivered events. */
  ledger: 'STRONGROOM_AUDIT_LEDGER',
} as const;

/** Name of the secret of a destination. Absent: it needs none. */
export const auditSecretVariable = 'STRONGROOM_AUDIT_SECRET';

/** Of the function that compares the trail's files with what was delivered. */
export const auditCompleteVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
  /** JSON: a list of {@link AuditQueue}. */
  destinations: 'STRONGROOM_AUDIT_DESTINATIONS',
  /** Name of the table with the ids of delivered events. */
  ledger: 'STRONGROOM_AUDIT_LEDGER',
  /** URL of the queue that it reads, for the second look at a file. */
  queue: 'STRONGROOM_AUDIT_QUEUE',
  /** URL of the queue for files and records that can't be read. */
  quarantine: 'STRONGROOM_AUDIT_QUARANTINE',
  /** JSON: {@link AuditTrailFiles}. */
  files: 'STRONGROOM_AUDIT_FILES',
} as const;

/** Of the function that detects what the catalog does not expect. */
export const auditDetectVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
  /** JSON: a list of {@link AuditQueue}, for the findings. */
  destinations: 'STRONGROOM_AUDIT_DESTINATIONS',
  /** URL of the queue that it reads: messages of another one are not packs. */
  queue: 'STRONGROOM_AUDIT_QUEUE',
  /** URL of the queue for messages that are not packs. */
  deadLetters: 'STRONGROOM_AUDIT_DEAD_LETTERS',
  /** Name of the table with what detections remember. */
  state: 'STRONGROOM_DETECTION_STATE',
  /** ARN of the topic of the platform's contact, which gets every alert. */
  alertTopic: 'STRONGROOM_ALERT_TOPIC',
  /** Path of the JSON file with {@link DetectionTable}, from the folder of the function's code. */
  table: 'STRONGROOM_DETECTION_TABLE',
  /** Where the runbooks are: an https address or a path. */
  runbooks: 'STRONGROOM_RUNBOOKS',
} as const;

/** Of the function that hands alerts and alarms to PagerDuty. */
export const pagerDutyVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
  /** JSON: a list of {@link PagerDutyContact}. */
  contacts: 'STRONGROOM_PAGERDUTY_CONTACTS',
  /** URL of the queue that it reads: messages of another one are not of the topics. */
  queue: 'STRONGROOM_PAGERDUTY_QUEUE',
  /** URL of the queue for what PagerDuty refuses. */
  deadLetters: 'STRONGROOM_PAGERDUTY_DEAD_LETTERS',
  /** Where the runbooks are: links to no other address are made. */
  runbooks: 'STRONGROOM_RUNBOOKS',
} as const;

/**
 * Path of a PEM file with authorities for databases and the SIEM, if there is one. It is not `NODE_EXTRA_CA_CERTS`: Node
 * would accept a certificate from them for AWS endpoints too, and the function sends its AWS credentials' signatures there.
 */
export const authoritiesVariable = 'STRONGROOM_CERTIFICATE_AUTHORITIES';

/** What an application that uses the client may have set. */
export const clientVariables = {
  environment: 'STRONGROOM_ENVIRONMENT',
} as const;

/** The variables of a function, by their names in the process environment. */
export type FunctionEnvironment<Variables extends Record<string, string>> = Readonly<
  Record<Variables[keyof Variables], string>
>;
