/**
 * Where audit events go: the destinations of an environment, as the catalog declares them and as the functions get them.
 * Nothing here is secret: what proves who sends is in the secret of each destination.
 */

/** Shapes in which an event can leave. */
export const auditViews = ['ocsf', 'ecs', 'cim'] as const;
export type AuditView = (typeof auditViews)[number];

/** In rising order: `severity_id` 1 to 6 of OCSF. */
export const auditSeverities = ['informational', 'low', 'medium', 'high', 'critical', 'fatal'] as const;
export type AuditSeverity = (typeof auditSeverities)[number];

export interface CommonDestinationSettings {
  /** Kebab-case, unique within the environment. `siem` is the one of a catalog with a single destination. */
  readonly name: string;
  readonly view: AuditView;
  /** Names of operations (`GetSecretValue`), `*` for any run of characters. Absent: all. */
  readonly events?: readonly string[];
  /** Events below it are not sent. Absent: all are. */
  readonly minimumSeverity?: AuditSeverity;
  /** Whether the record as it came goes with the event, by the same list of fields that may leave. */
  readonly raw: boolean;
}

/** https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/http-event-collector-examples */
export interface SplunkHecSettings extends CommonDestinationSettings {
  readonly type: 'splunk-hec';
  /** `https://host:port`; the path is added. */
  readonly url: string;
  readonly index: string;
  readonly sourceType: string;
}

/** `_bulk` of both: https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk */
export interface ElasticSettings extends CommonDestinationSettings {
  readonly type: 'elasticsearch' | 'opensearch';
  /** `https://host:port`; the path is added. */
  readonly url: string;
  /** Data stream or index. */
  readonly index: string;
  readonly login: 'api-key' | 'password';
}

/** https://docs.datadoghq.com/api/latest/logs/#send-logs */
export interface DatadogSettings extends CommonDestinationSettings {
  readonly type: 'datadog';
  /** `datadoghq.eu`. */
  readonly site: string;
  readonly service: string;
  /** `key:value`. */
  readonly tags: readonly string[];
}

/** https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview */
export interface SentinelSettings extends CommonDestinationSettings {
  readonly type: 'sentinel';
  /** Address of the data collection endpoint or rule. */
  readonly url: string;
  /** `dcr-…`. */
  readonly rule: string;
  /** `Custom-…`. */
  readonly stream: string;
  readonly tenant: string;
  /** Id of the registered application. */
  readonly client: string;
  /** Where tokens are issued. */
  readonly authority: string;
}

/** https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export interface OtlpSettings extends CommonDestinationSettings {
  readonly type: 'otlp';
  /** The whole address, `/v1/logs` in it. */
  readonly url: string;
  /** Header that carries the secret. */
  readonly header: string;
}

/** Signed by https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export interface HttpsSettings extends CommonDestinationSettings {
  readonly type: 'https';
  /** The whole address. */
  readonly url: string;
}

/** RFC 5424 over TLS, RFC 5425. */
export interface SyslogSettings extends CommonDestinationSettings {
  readonly type: 'syslog';
  readonly host: string;
  readonly port: number;
  /** 0 to 23: https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1 */
  readonly facility: number;
  /** Whether the secret has a client certificate and its key. Without one there is no secret. */
  readonly clientCertificate: boolean;
}

/** https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html */
export interface SecurityLakeSettings extends CommonDestinationSettings {
  readonly type: 'security-lake';
  readonly bucket: string;
  readonly region: string;
  /** `ext/<name of the custom source>/<version>`. */
  readonly prefix: string;
  /** Role that is assumed to write. */
  readonly role: string;
  readonly externalId: string;
}

export type DestinationSettings =
  | SplunkHecSettings
  | ElasticSettings
  | DatadogSettings
  | SentinelSettings
  | OtlpSettings
  | HttpsSettings
  | SyslogSettings
  | SecurityLakeSettings;

export type DestinationType = DestinationSettings['type'];

/** What the functions in front of the queues know of a destination. */
export interface AuditQueue extends Pick<CommonDestinationSettings, 'name' | 'events' | 'minimumSeverity' | 'raw'> {
  readonly queueUrl: string;
}

/** What the secret of each kind of destination holds, as an operator puts it. Absent: it needs no secret. */
export const secretExample = (settings: DestinationSettings): string | undefined => {
  switch (settings.type) {
    case 'splunk-hec':
    case 'otlp':
      return '{"token": "…"}';
    case 'elasticsearch':
    case 'opensearch':
      return settings.login === 'api-key' ? '{"apiKey": "…"}' : '{"username": "…", "password": "…"}';
    case 'datadog':
      return '{"apiKey": "…"}';
    case 'sentinel':
      return '{"clientSecret": "…"}';
    case 'https':
      return '{"signingKey": "whsec_…"}';
    case 'syslog':
      return settings.clientCertificate ? '{"certificate": "…", "key": "…"}' : undefined;
    case 'security-lake':
      return undefined;
  }
};
