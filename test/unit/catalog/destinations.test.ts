/** `siem:` of organisation.yaml: what is refused, where, and with which words; and that editors agree. */
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { catalogJsonSchemas } from '../../../lib/catalog/json-schema.ts';
import { marked, ordersDb, organisationYaml, paymentsHead, problemsOf } from '../../_helpers/catalog-folder.ts';
import { everyDestinationYaml } from '../../_fixtures/every-destination.ts';

const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
const withSiem = (siem: string): string => organisationYaml.replace(/siem: .*\n/, siem);
const splunk = "type: splunk-hec, url: 'https://splunk.example.com:8088', index: aws_secrets";
const listOf = (...destinations: string[]): string =>
  withSiem(`siem:\n${destinations.map((one) => `  - { ${one} }\n`).join('')}`);

const types = 'splunk-hec, elasticsearch, opensearch, datadog, sentinel, otlp, https, syslog or security-lake';

/** Editors know these too. */
const cases: [title: string, text: string, message: string][] = [
  [
    'an unknown type, with the one that was meant',
    listOf('name: a, type: ‸splunk_hec'),
    `siem[0].type must be ${types} (got splunk_hec); did you mean splunk-hec?`,
  ],
  [
    'no type',
    listOf('name: a, url: https://splunk.example.com').replace('{ name', '‸{ name'),
    `siem[0].type is missing; it must be ${types}`,
  ],
  [
    'an unknown view',
    listOf(`name: a, ${splunk}, view: ‸ECS`),
    'siem[0].view must be ocsf, ecs or cim (got ECS); did you mean ecs?',
  ],
  [
    'another view than ocsf for Security Lake',
    listOf(
      'name: a, type: security-lake, bucket: aws-security-data-lake-example, prefix: ext/strongroom/1.0, ' +
        'role: "arn:aws:iam::111122223333:role/lake", externalId: external-4711, view: ‸ecs',
    ),
    'siem[0].view must be ocsf (got ecs); write ocsf',
  ],
  [
    'an unknown severity',
    listOf(`name: a, ${splunk}, minimumSeverity: ‸warning`),
    'siem[0].minimumSeverity must be informational, low, medium, high, critical or fatal (got warning); write one of these',
  ],
  [
    'a raw that is neither true nor false',
    listOf(`name: a, ${splunk}, raw: ‸"yes"`),
    'siem[0].raw must be true or false (got yes); write true, or leave it out',
  ],
  [
    'an event that no operation is named as, with the one that was meant',
    listOf(`name: a, ${splunk}, events: [‸GetSecretsValue]`),
    'siem[0].events[0] matches no event of the audit (got GetSecretsValue); write GetSecretValue',
  ],
  [
    'no event at all',
    listOf(`name: a, ${splunk}, events: ‸[]`),
    'siem[0].events must have at least one entry (got a list); write a list such as [one, two]',
  ],
  [
    'an empty list',
    withSiem('siem: ‸[]\n'),
    'siem must have at least one entry (got a list); write none, or { type: splunk-hec, url: https://splunk.example.com:8088, index: aws_secrets }',
  ],
  [
    'a destination of a list without a name',
    listOf(splunk).replace('{ type', '‸{ type'),
    'siem[0].name is missing; write a name such as splunk',
  ],
  [
    'a name for a single destination',
    withSiem(`siem: { ‸name: a, ${splunk} }\n`),
    'siem.name is for a list of destinations: a single one is named siem; leave it out, or write a list',
  ],
  [
    'a name that AWS would not take',
    listOf(`name: ‸My_SIEM, ${splunk}`),
    'siem[0].name must be a name of lower-case letters, digits and single hyphens that starts with a letter (got My_SIEM); write a name such as splunk',
  ],
  [
    'http',
    listOf("name: a, type: https, url: ‸'http://audit.example.com/events'"),
    'siem[0].url must be a whole https address in lower case, with its path (got http://audit.example.com/events); write https://audit.example.com/events',
  ],
  [
    'a login in an address, which it does not repeat',
    listOf("name: a, type: opensearch, index: audit, url: ‸'https://admin:hunter2@search.example.com'"),
    'siem[0].url must have no user and no password (got https://…@search.example.com); write the address without it: what is secret belongs into the secret of the destination',
  ],
  [
    'a query in an address, which it does not repeat',
    listOf("name: a, type: otlp, url: ‸'https://otlp.example.com/v1/logs?k=abc'"),
    'siem[0].url must have no query: keys in it would be in the template (got https://otlp.example.com/v1/logs?…); write the address without it: what is secret belongs into the secret of the destination',
  ],
  [
    'a path for a destination that adds its own',
    listOf("name: a, type: elasticsearch, index: audit, url: ‸'https://search.example.com/_bulk'"),
    'siem[0].url must be an https address of host and port alone: the path is added (got https://search.example.com/_bulk); write https://search.example.com:9200',
  ],
  [
    'a key of another type',
    listOf('name: a, type: datadog, site: datadoghq.eu, ‸index: audit'),
    'siem[0].index belongs to splunk-hec, elasticsearch and opensearch only (this is datadog); leave it out',
  ],
  [
    'an unknown key, with the one that was meant',
    listOf(`name: a, ${splunk}, ‸sourcetype: x`),
    'siem[0].sourcetype is not a known key; did you mean sourceType?',
  ],
  [
    'a token in the catalog',
    listOf(`name: a, ${splunk}, ‸token: x`),
    'siem[0].token must not be here: a catalog holds no secret values. Take it out, put the value with `aws secretsmanager put-secret-value` after the deployment, and change it if it was ever committed',
  ],
  [
    'a private key in place of a switch, which it does not repeat',
    listOf(`name: a, type: syslog, host: syslog.example.com, clientCertificate: ‸'-----BEGIN PRIVATE KEY-----'`),
    'siem[0].clientCertificate must be true or false (got something that is not shown, because it may be a secret); write true, or leave it out',
  ],
  [
    'a site that Datadog does not have',
    listOf('name: a, type: datadog, site: ‸datadoghq.de'),
    'siem[0].site must be datadoghq.com, us3.datadoghq.com, us5.datadoghq.com, datadoghq.eu, ap1.datadoghq.com, ap2.datadoghq.com or ddog-gov.com (got datadoghq.de); did you mean datadoghq.eu?',
  ],
  [
    'a facility that syslog does not have',
    listOf('name: a, type: syslog, host: syslog.example.com, facility: ‸24'),
    'siem[0].facility must be a facility of syslog (got the number 24); write a number from 0 to 23, such as 13, log audit',
  ],
  [
    'an address where a host name belongs',
    listOf("name: a, type: syslog, host: ‸'https://syslog.example.com'"),
    'siem[0].host must be a host name in lower case, without a port (got https://syslog.example.com); write a name such as syslog.example.com',
  ],
  [
    'a word in place of a destination',
    listOf(splunk).replace(/siem:\n.*\n/, 'siem:\n  - ‸splunk\n'),
    'siem[0] must be a mapping of name, type and its keys (got text); write { name: splunk, type: splunk-hec, url: https://splunk.example.com:8088, index: aws_secrets }',
  ],
];

/** What a JSON Schema can't say. */
const closer: typeof cases = [
  [
    'two destinations of one name',
    listOf(`name: a, ${splunk}`, `name: ‸a, type: datadog, site: datadoghq.eu`),
    'siem[1].name must not be that of another destination (got a); write another name',
  ],
  [
    'a name that Strongroom has for something else',
    listOf(`name: ‸complete, ${splunk}`),
    'siem[0].name must not be complete, completeness, detect or forwarder, which Strongroom uses itself (got complete); write a name such as splunk',
  ],
  [
    'a part of an address that looks like a key',
    listOf("name: a, type: https, url: ‸'https://hooks.example.com/0123456789abcdef0123456789abcdef'"),
    'siem[0].url has a part that looks like a key: it would be in the template (got something that is not shown, because it may be a secret); write the address without it: what is secret belongs into the secret of the destination',
  ],
  [
    'a port that there is not',
    listOf("name: a, type: https, url: ‸'https://audit.example.com:70000/events'"),
    'siem[0].url must have a port that there is (got https://audit.example.com:70000/events); write https://audit.example.com/events',
  ],
  [
    'a name that makes a function name that is too long',
    listOf(`name: ‸${'a'.repeat(43)}, ${splunk}`),
    `siem[0].name makes a function of 65 characters, and AWS allows 64 (got strongroom-prod-audit-${'a'.repeat(43)}); write 1 fewer`,
  ],
  [
    'a name that makes the function name of another environment',
    listOf(`name: ‸siem, ${splunk}`).replace('  prod:', '  dev-audit:').replace("'444455556666'\n", "'111122223333'\n"),
    'siem[0].name makes a function in dev whose name begins as those of environment dev-audit do, in the same account (got siem); choose another name',
  ],
];

const editor = () => {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  addFormats.default(ajv);
  return ajv.compile(catalogJsonSchemas()['organisation.schema.json']!);
};

describe('destinations of audit events', () => {
  it.each([...cases, ...closer])('refuse %s', (_title, source, message) => {
    const { text, place } = marked(source);
    expect(problemsOf({ 'organisation.yaml': text, 'payments.yaml': payments })).toEqual([
      `organisation.yaml:${place} ${message}`,
    ]);
  });

  it.each(cases.map(([title, source]) => [title, source] as const))('editors refuse %s', (_title, source) => {
    expect(editor()(parse(marked(source).text))).toBe(false);
  });

  it.each([
    ['one', organisationYaml],
    ['none', withSiem('siem: none\n')],
    ['every type in a list', withSiem(everyDestinationYaml)],
  ])('editors and the loader take %s', (_title, source) => {
    expect(problemsOf({ 'organisation.yaml': source, 'payments.yaml': payments })).toEqual([]);
    const validate = editor();
    validate(parse(source));
    expect(validate.errors).toBeNull();
  });

  it('of an environment are checked where they are written', () => {
    const { text, place } = marked(
      organisationYaml.replace('    account', `    siem:\n      - { name: a, ${splunk}, view: ‸xml }\n    account`),
    );
    expect(problemsOf({ 'organisation.yaml': text, 'payments.yaml': payments })).toEqual([
      `organisation.yaml:${place} environments.dev.siem[0].view must be ocsf, ecs or cim (got xml); write one of these`,
    ]);
  });
});
