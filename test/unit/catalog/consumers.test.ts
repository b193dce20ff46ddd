/** Who reads: each kind of consumer as the model has it, and each that is refused with where, why and what to write. */
import { describe, expect, it } from 'vitest';

import { type Consumer, consumerRoleArn } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import {
  catalogFolder,
  marked,
  ordersDb,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const anchor = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const inOrganization = organisationYaml.replaceAll(
  '    region: eu-west-1\n',
  '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5 }\n',
);

/** `payments.yaml`, in dev alone, with this consumer in place of `api`. */
const withConsumer = (entry: string): string =>
  `${paymentsHead.replace('consumers:', 'environments: [dev]\nconsumers:').replace('{ runsOn: ecs }', entry)}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;

const consumerOf = (entry: string): Consumer =>
  loadCatalog(catalogFolder({ 'organisation.yaml': inOrganization, 'payments.yaml': withConsumer(entry) }), { today })
    .environments[0]!.applications[0]!.consumers[0]!;

const roleName = 'dev-payments-api';
const ofGithub = (subject: string): object => ({
  runsOn: 'github',
  federation: { issuer: 'token.actions.githubusercontent.com', audience: 'sts.amazonaws.com', subject },
  roleName,
});

const kinds: [entry: string, expected: object][] = [
  ['{ runsOn: lambda }', { runsOn: 'lambda', roleName }],
  ['{ runsOn: ecs, network: any }', { runsOn: 'ecs', roleName, network: 'any' }],
  ['{ runsOn: ec2 }', { runsOn: 'ec2', roleName }],
  ['{ runsOn: ecs, reads: by-version }', { runsOn: 'ecs', roleName, reads: 'by-version' }],
  [
    '{ runsOn: eks, cluster: shop, namespace: shop, serviceAccount: batch.v2 }',
    { runsOn: 'eks', cluster: 'shop', namespace: 'shop', serviceAccount: 'batch.v2', roleName },
  ],
  [
    '{ runsOn: eks-irsa, issuer: oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE, namespace: shop, serviceAccount: batch }',
    {
      runsOn: 'eks-irsa',
      federation: {
        issuer: 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE',
        audience: 'sts.amazonaws.com',
        subject: 'system:serviceaccount:shop:batch',
      },
      roleName,
    },
  ],
  [
    '{ runsOn: github, repository: northwind/shop, environment: production eu }',
    ofGithub('repo:northwind/shop:environment:production eu'),
  ],
  [
    '{ runsOn: github, repository: northwind@123456/shop@456789, branch: release/2026 }',
    ofGithub('repo:northwind@123456/shop@456789:ref:refs/heads/release/2026'),
  ],
  ['{ runsOn: github, repository: northwind/shop, tag: v1.2.3 }', ofGithub('repo:northwind/shop:ref:refs/tags/v1.2.3')],
  [
    "{ runsOn: oidc, issuer: northwind.example/, audience: 'https://sts.example', subject: 'organization:northwind:project:Default Project' }",
    {
      runsOn: 'oidc',
      federation: {
        issuer: 'northwind.example/',
        audience: 'https://sts.example',
        subject: 'organization:northwind:project:Default Project',
      },
      roleName,
    },
  ],
  [
    `{ runsOn: roles-anywhere, trustAnchor: ${anchor}, subject: { commonName: backup-1, organization: Northwind } }`,
    {
      runsOn: 'roles-anywhere',
      trustAnchor: `arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/${anchor}`,
      subject: { commonName: 'backup-1', organization: 'Northwind' },
      sessionSeconds: 3600,
      roleName,
    },
  ],
  [
    `{ runsOn: roles-anywhere, trustAnchor: 'arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/${anchor}', subject: { commonName: backup-1, organizationalUnit: Backup }, session: 12h }`,
    {
      runsOn: 'roles-anywhere',
      trustAnchor: `arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/${anchor}`,
      subject: { commonName: 'backup-1', organizationalUnit: 'Backup' },
      sessionSeconds: 43200,
      roleName,
    },
  ],
  ['{ permissionSet: SupportEngineer }', { permissionSet: 'SupportEngineer' }],
  [
    "{ account: '999988887777', role: team/report }",
    { account: '999988887777', roleArn: 'arn:aws:iam::999988887777:role/team/report' },
  ],
  ['{ role: team/report, network: any }', { roleArn: 'arn:aws:iam::111122223333:role/team/report', network: 'any' }],
];

describe('a consumer', () => {
  it.each(kinds)('%s is resolved', (entry, expected) => {
    expect(consumerOf(entry)).toEqual({ name: 'api', ...expected });
  });

  it('of a permission set reads under roles of that name, with any end', () => {
    const [dev] = loadCatalog(
      catalogFolder({
        'organisation.yaml': organisationYaml,
        'payments.yaml': withConsumer('{ permissionSet: Support }'),
      }),
      { today },
    ).environments;
    expect(consumerRoleArn(dev!, dev!.applications[0]!.consumers[0]!)).toBe(
      'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Support_????????????????',
    );
  });
});

const github = (rest: string): string => `{ runsOn: github, repository: northwind/shop, ${rest} }`;
const irsa = (rest: string): string => `{ runsOn: eks-irsa, ${rest} }`;
const oidc = (rest: string): string => `{ runsOn: oidc, ${rest} }`;
const anywhere = (rest: string): string => `{ runsOn: roles-anywhere, ${rest} }`;
const issuer = 'issuer: ci.northwind.example';
const pod = 'namespace: shop, serviceAccount: batch';
const server = 'subject: { commonName: backup-1 }';

/** The consumer `api`, with the place marked; the only problem is expected there. */
const refused: [title: string, entry: string, message: string][] = [
  [
    'in none of its forms',
    '‸{ network: any }',
    ' must have exactly one of runsOn, role and permissionSet (got a mapping); write { runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  ],
  [
    'in two of its forms',
    '‸{ role: support, permissionSet: Support }',
    ' must have exactly one of runsOn, role and permissionSet (got a mapping); write { runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  ],
  [
    'with a key of another form',
    '{ runsOn: ecs, ‸cluster: shop }',
    '.cluster is for runsOn: eks only (this is runsOn: ecs); leave it out',
  ],
  [
    'with a key of several other forms',
    '{ permissionSet: Support, ‸namespace: shop }',
    '.namespace is for runsOn: eks or runsOn: eks-irsa only (this is permissionSet); leave it out',
  ],
  [
    'in a namespace with a wildcard',
    irsa(`${issuer}, namespace: ‸'shop-*', serviceAccount: batch`),
    '.namespace must be one namespace of Kubernetes: at most 63 lower-case letters, digits and inner hyphens (got shop-*); write a name such as shop',
  ],
  [
    'with a service account in capitals',
    irsa(`${issuer}, namespace: shop, serviceAccount: ‸Batch`),
    '.serviceAccount must be one service account of Kubernetes: at most 253 lower-case letters, digits, inner hyphens and dots (got Batch); write a name such as batch',
  ],
  [
    'whose issuer is written as an address',
    irsa(`issuer: ‸'https://ci.northwind.example', ${pod}`),
    '.issuer must stand without https:// (got https://ci.northwind.example); write host and path alone, such as token.actions.githubusercontent.com',
  ],
  [
    'whose issuer has a wildcard',
    irsa(`issuer: ‸'*.northwind.example', ${pod}`),
    '.issuer must be one OpenID Connect issuer, without a port and without wildcards (got *.northwind.example); write host and path alone, such as token.actions.githubusercontent.com',
  ],
  [
    'of all repositories of an owner',
    "{ runsOn: github, repository: ‸'northwind/*', branch: main }",
    '.repository must be one repository of GitHub, OWNER/NAME, without wildcards (got northwind/*); write northwind/shop, or northwind@123456/shop@456789 where its tokens carry the ids',
  ],
  [
    'of GitHub without a place',
    '‸{ runsOn: github, repository: northwind/shop }',
    ' must name the environment, branch or tag of the job (got a mapping); write environment: production, branch: main or tag: v1.2.3',
  ],
  [
    'of GitHub in two places',
    github('environment: production, branch: ‸main'),
    '.branch must not be next to environment (got main); write one of environment, branch and tag',
  ],
  [
    'on any branch',
    github("branch: ‸'*'"),
    '.branch must be one branch, without wildcards and without refs/ (got *); write a name such as main',
  ],
  [
    'for tags of a kind',
    github('tag: ‸v1.?'),
    '.tag must be one tag, without wildcards and without refs/ (got v1.?); write a name such as v1.2.3',
  ],
  [
    'in any environment that begins so',
    github('environment: ‸prod*'),
    '.environment must be one environment of the repository, without wildcards (got prod*); write a name such as production',
  ],
  [
    'for any audience',
    oidc(`${issuer}, audience: ‸'*', subject: 'project:shop'`),
    '.audience must be one audience of at most 255 characters, without wildcards and $ (got *); write the whole aud claim, such as sts.amazonaws.com',
  ],
  [
    'for a subject with a wildcard',
    oidc(`${issuer}, audience: ci, subject: ‸'project:*'`),
    '.subject must be the text of the sub claim: one subject of at most 255 characters, without wildcards and $ (got project:*); write the whole sub claim, such as project_path:northwind/shop:ref_type:branch:ref:main',
  ],
  [
    'for a subject with a variable of IAM',
    oidc(`${issuer}, audience: ci, subject: ‸'project:\${aws:username}'`),
    '.subject must be the text of the sub claim: one subject of at most 255 characters, without wildcards and $ (got project:${aws:username}); write the whole sub claim, such as project_path:northwind/shop:ref_type:branch:ref:main',
  ],
  [
    'for the subject of a certificate from an issuer',
    oidc(`${issuer}, audience: ci, subject: ‸{ commonName: backup-1 }`),
    '.subject must be the text of the sub claim: one subject of at most 255 characters, without wildcards and $ (got a mapping); write the whole sub claim, such as project_path:northwind/shop:ref_type:branch:ref:main',
  ],
  [
    'outside of AWS whose subject is text',
    anywhere(`trustAnchor: ${anchor}, subject: ‸CN=backup-1`),
    '.subject must be a mapping (got text); write { commonName: backup-1.northwind.example }',
  ],
  [
    'outside of AWS whose certificate may be any',
    anywhere(`trustAnchor: ${anchor}, subject: { commonName: ‸'backup-*' }`),
    '.subject.commonName must be 1 to 64 letters, digits, spaces and _ . : / = + - @, without wildcards (got backup-*); write the whole field, such as backup-1.northwind.example',
  ],
  [
    'outside of AWS whose certificate has no name',
    anywhere(`trustAnchor: ${anchor}, ‸subject: { organization: Northwind }`),
    '.subject.commonName is missing; write the whole field, such as backup-1.northwind.example',
  ],
  [
    'whose trust anchor is malformed',
    anywhere(`trustAnchor: ‸backup-ca, ${server}`),
    '.trustAnchor must be the id of a trust anchor of IAM Roles Anywhere, or its ARN (got backup-ca); write an id such as 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
  ],
  [
    'whose trust anchor is in another region',
    anywhere(`trustAnchor: ‸'arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/${anchor}', ${server}`),
    '.trustAnchor must be in account 111122223333 and region eu-west-1 of environment dev (got account 111122223333, region us-east-1); write the id alone, or the ARN under overrides',
  ],
  [
    'whose session is too short',
    anywhere(`trustAnchor: ${anchor}, ${server}, session: ‸14m`),
    '.session must be at least 15m (got 14m); write 15m to 12h',
  ],
  [
    'whose session is too long',
    anywhere(`trustAnchor: ${anchor}, ${server}, session: ‸13h`),
    '.session must be at most 12h (got 13h); write 15m to 12h',
  ],
  [
    'whose session is in seconds',
    anywhere(`trustAnchor: ${anchor}, ${server}, session: ‸3600`),
    '.session must be a time in whole minutes or hours (got the number 3600); write 15m to 12h',
  ],
  [
    'of a permission set with a name that there can’t be',
    '{ permissionSet: ‸Support Engineer }',
    '.permissionSet must be the name of a permission set: 1 to 32 letters, digits and _ + = , . @ - (got Support Engineer); write a name such as SupportEngineer',
  ],
  [
    'of a permission set whose name is too long',
    `{ permissionSet: ‸${'S'.repeat(33)} }`,
    `.permissionSet must be the name of a permission set: 1 to 32 letters, digits and _ + = , . @ - (got ${'S'.repeat(33)}); write a name such as SupportEngineer`,
  ],
  [
    'of an account that is a number',
    '{ account: ‸999988887777, role: report }',
    ".account must be an AWS account, 12 digits in quotes (got the number 999988887777); write '111122223333'",
  ],
  [
    'of an account without its role',
    "‸{ account: '999988887777' }",
    ' must have exactly one of runsOn, role and permissionSet (got a mapping); write { runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  ],
  [
    'of an account, with the ARN of a role',
    "{ account: '999988887777', role: ‸arn:aws:iam::999988887777:role/report }",
    '.role must be a name next to account (got arn:aws:iam::999988887777:role/report); write the name alone, or the ARN without account',
  ],
  [
    'of the environment’s own account as if it were another',
    "{ account: ‸'111122223333', role: report }",
    '.account must be an account that no environment has (got 111122223333, that of dev); write the role alone where it is of the environment’s own account: no environment reads secrets of another',
  ],
  [
    'of the account of another environment',
    "{ account: ‸'444455556666', role: report }",
    '.account must be an account that no environment has (got 444455556666, that of prod); write the role alone where it is of the environment’s own account: no environment reads secrets of another',
  ],
  [
    'that the fence of VPCs is to let through by another word',
    '{ runsOn: ecs, network: ‸none }',
    '.network must be any (got none); write any',
  ],
  [
    'that reads by another word',
    '{ runsOn: ecs, reads: ‸by-label }',
    '.reads must be by-version (got by-label); write by-version',
  ],
];

describe('a consumer is refused', () => {
  it.each(refused)('%s', (_title, entry, message) => {
    const { text, place } = marked(withConsumer(entry));
    expect(problemsOf({ 'organisation.yaml': inOrganization, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} consumers.api${message}`,
    ]);
  });

  it.each([
    ['cluster', irsa(`${issuer}, ${pod}`).replace('eks-irsa', 'eks').replace(`${issuer}, `, ''), 'a name such as shop'],
    ['serviceAccount', '{ runsOn: eks, cluster: shop, namespace: shop }', 'a name such as batch'],
    ['issuer', irsa(pod), 'host and path alone, such as token.actions.githubusercontent.com'],
    [
      'repository',
      '{ runsOn: github, branch: main }',
      'northwind/shop, or northwind@123456/shop@456789 where its tokens carry the ids',
    ],
    ['audience', oidc(`${issuer}, subject: 'project:shop'`), 'the whole aud claim, such as sts.amazonaws.com'],
    [
      'subject',
      oidc(`${issuer}, audience: ci`),
      'the whole sub claim, such as project_path:northwind/shop:ref_type:branch:ref:main',
    ],
    ['trustAnchor', anywhere(server), 'an id such as 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d'],
  ])('without %s where its kind needs it', (key, entry, write) => {
    expect(problemsOf({ 'organisation.yaml': inOrganization, 'payments.yaml': withConsumer(entry) })).toEqual([
      `payments.yaml:6:3 consumers.api.${key} is missing; write ${write}`,
    ]);
  });

  it('of another account where the environment’s organisation is not known', () => {
    const { text, place } = marked(withConsumer("{ account: ‸'999988887777', role: report }"));
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} consumers.api.account needs the id of the organisation that account 999988887777 must belong to; write fences: { organization: o-... } under environments.dev of organisation.yaml`,
    ]);
  });

  it('of another account not for an organisation that is wrong itself', () => {
    const { text, place } = marked(inOrganization.replace('o-a1b2c3d4e5', '‸acme'));
    expect(
      problemsOf({
        'organisation.yaml': text,
        'payments.yaml': withConsumer("{ account: '999988887777', role: report }"),
      }),
    ).toEqual([
      `organisation.yaml:${place} environments.dev.fences.organization must be the id of an organisation in AWS Organizations (got acme); write o-a1b2c3d4e5`,
    ]);
  });

  it.each([
    [
      'a permission set',
      '{ permissionSet: Support }',
      '{ permissionSet: ‸Support }',
      'permissionSet is the permission set of consumer api too (got Support); name one consumer for it',
    ],
    [
      'a role of another account',
      "{ account: '999988887777', role: report }",
      "{ account: '999988887777', role: ‸report }",
      'role is the role of consumer api too (got report); name one consumer for it',
    ],
    [
      'a service account',
      '{ runsOn: eks, cluster: shop, namespace: shop, serviceAccount: batch }',
      '{ runsOn: eks, cluster: shop, namespace: shop, serviceAccount: ‸batch }',
      'serviceAccount is that of consumer api of payments.yaml, in environment dev, too (got batch in namespace shop of cluster shop), and EKS gives it one role; write a service account for this consumer alone',
    ],
  ])('that has %s which another has', (_title, first, second, message) => {
    const { text, place } = marked(withConsumer(first).replace('{ runsOn: lambda }', second));
    expect(problemsOf({ 'organisation.yaml': inOrganization, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} consumers.report.${message}`,
    ]);
  });

  it('not for the role name of another account that its own account has too', () => {
    const text = withConsumer("{ account: '999988887777', role: report }").replace(
      '{ runsOn: lambda }',
      '{ role: report }',
    );
    expect(problemsOf({ 'organisation.yaml': inOrganization, 'payments.yaml': text })).toEqual([]);
  });

  it('where the role that is made for it would have more than 64 characters', () => {
    const name = 'x'.repeat(51);
    const text = withConsumer('{ runsOn: ecs }').replace('  report: { runsOn: lambda }', `  ${name}: { runsOn: ec2 }`);
    expect(problemsOf({ 'organisation.yaml': inOrganization, 'payments.yaml': text })).toEqual([]);
    expect(
      problemsOf({ 'organisation.yaml': inOrganization, 'payments.yaml': text.replace(name, `${name}x`) }),
    ).toEqual([
      `payments.yaml:7:3 consumers.${name}x makes a role of 65 characters, and AWS allows 64 (got dev-payments-${name}x); write 1 fewer`,
    ]);
  });
});
