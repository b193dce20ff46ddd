/** The organisation of the matrix: two environments in one account, every fence, and every kind of consumer. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { localOrganizationId } from '../../../local/gateway/authorization/principal.ts';
import { foreignAccount } from '../../infra/access/matrix/cells.ts';
import { account, region } from '../local/gateway-core/local-aws.ts';

const dev = { vpc: 'vpc-0aaaaaaaaaaaaaaa1', endpoints: ['vpce-0aaaaaaaaaaaaaaa1', 'vpce-0aaaaaaaaaaaaaaa2'] };
const prod = { vpc: 'vpc-0bbbbbbbbbbbbbbb1', endpoints: ['vpce-0bbbbbbbbbbbbbbb1', 'vpce-0bbbbbbbbbbbbbbb2'] };
const foreignVpc = 'vpc-0123456789abcdef0';

/** The VPC of each endpoint: an environment's two, of which one is in a VPC that it does not name, and nobody's. */
export const vpcEndpoints: Readonly<Record<string, string>> = {
  [dev.endpoints[0]!]: foreignVpc,
  [dev.endpoints[1]!]: dev.vpc,
  [prod.endpoints[0]!]: foreignVpc,
  [prod.endpoints[1]!]: prod.vpc,
  'vpce-0123456789abcdef0': foreignVpc,
  'vpce-0ccccccccccccccc1': dev.vpc,
  'vpce-0ccccccccccccccc2': prod.vpc,
};

const environment = (name: string, operator: string, { vpc, endpoints }: typeof dev): string => `
  ${name}:
    account: '${account}'
    region: ${region}
    breakGlass: [arn:aws:iam::${account}:role/administrator]
    trail: existing
    operators: [arn:aws:iam::${account}:role/${operator}]
    networks:
      default: none
      data: { vpc: vpc-0ddddddddddddddd1, subnets: [subnet-0ddddddddddddddd1], securityGroups: [sg-0ddddddddddddddd1] }
    fences: { organization: ${localOrganizationId}, vpcEndpoints: [${endpoints.join(', ')}], vpcs: [${vpc}] }`;

const organisation = `organisation: acme
environments:${environment('dev', 'operator', dev)}${environment('prod', 'platform/operator-of-prod', prod)}
contacts:
  oncall: { email: oncall@acme.example }
contact: oncall
siem: { type: splunk-hec, url: 'https://splunk.example.com:8088', index: aws_secrets }
`;

const shop = (adopted: string): string => `application: shop
owner: team-shop
contact: oncall
consumers:
  api: { runsOn: ecs }
  settlement: { runsOn: lambda, reads: by-version }
  legacy: { runsOn: ec2 }
  lab: { runsOn: ec2, network: any }
  batch: { runsOn: eks, cluster: shop, namespace: shop, serviceAccount: batch }
  ledger: { runsOn: eks-irsa, issuer: oidc.eks.eu-west-1.amazonaws.com/id/ACME, namespace: shop, serviceAccount: ledger }
  deploy: { runsOn: github, repository: acme/shop, environment: production }
  pipeline: { runsOn: oidc, issuer: ci.acme.example, audience: aws, subject: 'project:shop' }
  backup:
    runsOn: roles-anywhere
    trustAnchor: 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d
    subject: { commonName: backup-1.acme.example, organization: Acme, organizationalUnit: Backup }
  support: { permissionSet: SupportEngineer }
  report: { role: reporting/nightly-report }
  partner: { account: '${foreignAccount}', role: partner }
secrets:
  orders-db:
    class: database
    sensitivity: high
    engine: postgres
    host: orders.acme.example
    dbname: orders
    username: shop
    readers: [api, settlement, legacy]
    pendingReaders: [api]
    rotation: { strategy: alternating-users, admin: orders-admin, provision: { grants: { public: read-write } } }
  orders-admin:
    class: database
    sensitivity: high
    engine: postgres
    host: orders.acme.example
    dbname: orders
    username: admin
    value: supplied
    readers: []
    rotation: { strategy: admin }
  signing-key:
    class: signing-key
    sensitivity: high
    readers: [settlement, batch, ledger, lab, backup, partner]
  partner-token:
    class: generic
    sensitivity: standard
    readers: [api, batch, deploy, pipeline, backup, support, report, partner]
overrides:
  dev:
    consumers:
      batch: { runsOn: eks, cluster: shop-dev, namespace: shop, serviceAccount: batch }
      report: { role: nightly-report-of-dev }
      support: { permissionSet: Developer }
    secrets:
      old-token:
        class: generic
        readers: [api, report, support]
        adopt: { arn: '${adopted}' }
  prod: { rotation: { network: data } }
`;

const bank = `application: bank
owner: team-bank
contact: oncall
consumers:
  web: { runsOn: ecs }
secrets:
  session-key: { class: signing-key, sensitivity: high, readers: [web], sharedWith: { reports: [viewer, nightly] } }
`;

/** It has readers alone. */
const reports = `application: reports
owner: team-bank
contact: oncall
consumers:
  viewer: { runsOn: lambda }
  nightly: { role: nightly-reports }
uses:
  bank-key: { application: bank, secret: session-key, readers: [viewer, nightly] }
overrides:
  dev: { consumers: { nightly: { role: nightly-reports-of-dev } } }
`;

/** Names so long that a consumer of most of them reads by tags. */
const volumes = Array.from({ length: 14 }, (_, index) => `${'volume-'.repeat(21)}${index}`);

const archive = `application: archive
owner: team-archive
contact: oncall
environments: [prod]
consumers:
  reader: { runsOn: lambda }
  index: { runsOn: lambda }
secrets:
${volumes.map((name, index) => `  ${name}: { class: generic, readers: [${index === 0 ? 'index' : 'reader'}] }`).join('\n')}
`;

/**
 * Writes the catalog into `folder`.
 *
 * @param adopted - ARN of a secret that exists already
 */
export const writeCatalog = async (folder: string, adopted: string): Promise<void> => {
  for (const [name, text] of Object.entries({ organisation, shop: shop(adopted), bank, reports, archive })) {
    await writeFile(join(folder, `${name}.yaml`), text);
  }
};
