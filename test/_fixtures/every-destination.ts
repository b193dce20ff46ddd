/** `siem:` with a destination of every type, and what it resolves to in eu-west-1. */
import type { DestinationSettings } from '../../lib/contract/index.ts';

export const everyDestinationYaml = `siem:
  - { name: splunk, type: splunk-hec, url: 'https://splunk.example.com:8088', index: aws_secrets }
  - name: elastic
    type: elasticsearch
    url: https://elastic.example.com:9200
    index: logs-strongroom-audit
    view: ecs
    events: [GetSecretValue, 'Rotation*']
    minimumSeverity: low
    raw: true
  - { name: search, type: opensearch, url: 'https://search.example.com', index: audit }
  - { name: datadog, type: datadog, site: datadoghq.eu, tags: ['team:platform'] }
  - name: sentinel
    type: sentinel
    url: https://audit-a1b2.westeurope-1.ingest.monitor.azure.com
    rule: dcr-00000000000000000000000000000000
    stream: Custom-StrongroomAudit
    tenant: 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d
    client: 5d4c3b2a-5e6f-4a7b-8c9d-0e1f2a3b4c5d
  - { name: otel, type: otlp, url: 'https://otlp.example.com/v1/logs', header: x-api-key }
  - { name: webhook, type: https, url: 'https://audit.example.com/events' }
  - { name: syslog, type: syslog, host: syslog.example.com }
  - { name: mutual, type: syslog, host: syslog.example.com, port: 1514, facility: 10, clientCertificate: true }
  - name: lake
    type: security-lake
    bucket: aws-security-data-lake-eu-west-1-example
    prefix: ext/strongroom/1.0
    role: arn:aws:iam::999900001111:role/provider
    externalId: strongroom
`;

const common = { view: 'ocsf', raw: false } as const;

export const everyDestination: readonly DestinationSettings[] = [
  {
    ...common,
    name: 'splunk',
    type: 'splunk-hec',
    url: 'https://splunk.example.com:8088',
    index: 'aws_secrets',
    sourceType: 'ocsf:api_activity',
  },
  {
    name: 'elastic',
    type: 'elasticsearch',
    url: 'https://elastic.example.com:9200',
    index: 'logs-strongroom-audit',
    login: 'api-key',
    view: 'ecs',
    events: ['GetSecretValue', 'Rotation*'],
    minimumSeverity: 'low',
    raw: true,
  },
  {
    ...common,
    name: 'search',
    type: 'opensearch',
    url: 'https://search.example.com',
    index: 'audit',
    login: 'password',
  },
  { ...common, name: 'datadog', type: 'datadog', site: 'datadoghq.eu', service: 'strongroom', tags: ['team:platform'] },
  {
    ...common,
    name: 'sentinel',
    type: 'sentinel',
    url: 'https://audit-a1b2.westeurope-1.ingest.monitor.azure.com',
    rule: 'dcr-00000000000000000000000000000000',
    stream: 'Custom-StrongroomAudit',
    tenant: '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
    client: '5d4c3b2a-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
    authority: 'https://login.microsoftonline.com',
  },
  { ...common, name: 'otel', type: 'otlp', url: 'https://otlp.example.com/v1/logs', header: 'x-api-key' },
  { ...common, name: 'webhook', type: 'https', url: 'https://audit.example.com/events' },
  {
    ...common,
    name: 'syslog',
    type: 'syslog',
    host: 'syslog.example.com',
    port: 6514,
    facility: 13,
    clientCertificate: false,
  },
  {
    ...common,
    name: 'mutual',
    type: 'syslog',
    host: 'syslog.example.com',
    port: 1514,
    facility: 10,
    clientCertificate: true,
  },
  {
    ...common,
    name: 'lake',
    type: 'security-lake',
    bucket: 'aws-security-data-lake-eu-west-1-example',
    region: 'eu-west-1',
    prefix: 'ext/strongroom/1.0',
    role: 'arn:aws:iam::999900001111:role/provider',
    externalId: 'strongroom',
  },
];
