/** The schema of `organisation.yaml`: what all applications share. */
import { z } from 'zod';

import { secretClasses } from '../../contract/index.ts';
import { contactSchema } from './contact.ts';
import { expecting, oneOf, text } from '../words/expectation.ts';
import { account, entries, list, logRetention, name, permissionSet, region, roleArn, tags } from '../words/scalars.ts';
import { detections } from './detections.ts';
import { nameTemplate } from './name-template.ts';
import { every, grace, sensitivity, window } from './rotation.ts';
import { siem } from './siem/siem.ts';

const vpc = text(/^vpc-[0-9a-f]{8,17}$/, { must: 'be the id of a VPC', write: 'vpc-0123456789abcdef0' });

/** Its id or its ARN, which says whose it is. */
const partOfNetwork = (resource: string, prefix: string, what: string): z.ZodString =>
  text(new RegExp(String.raw`^(arn:aws(-[a-z]+)*:ec2:[a-z0-9-]+:[0-9]{12}:${resource}\/)?${prefix}-[0-9a-f]{8,17}$`), {
    must: `be the id of ${what}`,
    write: `${prefix}-0123456789abcdef0`,
  });

const networkShape = z.strictObject({
  vpc: partOfNetwork('vpc', 'vpc', 'a VPC').describe('The VPC in which rotation functions run.'),
  subnets: list(partOfNetwork('subnet', 'subnet', 'a subnet'), 1).describe(
    'Private subnets that reach Secrets Manager through a VPC endpoint or NAT.',
  ),
  securityGroups: list(partOfNetwork('security-group', 'sg', 'a security group'), 1).describe(
    'Security groups that the databases allow.',
  ),
});

const network = networkShape.describe('Where rotation functions run. Default: outside a VPC.');

const namedNetwork = expecting(z.union([z.literal('none'), networkShape]), {
  must: 'be none or a mapping of vpc, subnets and securityGroups',
  write: 'vpc, subnets and securityGroups, or none for functions outside a VPC',
});

const fences = z
  .strictObject({
    organization: text(/^o-[a-z0-9]{10,32}$/, {
      must: 'be the id of an organisation in AWS Organizations',
      write: 'o-a1b2c3d4e5',
    })
      .optional()
      .describe('Id of the organisation in AWS Organizations: a principal of no other gets in.'),
    vpcEndpoints: list(
      text(/^vpce-[0-9a-f]{8,17}$/, { must: 'be the id of a VPC endpoint', write: 'vpce-0123456789abcdef0' }),
      1,
    )
      .optional()
      .describe('VPC endpoints of Secrets Manager through one of which consumers in a VPC must read.'),
    vpcs: list(vpc, 1)
      .optional()
      .describe('VPCs from one of which consumers must read. They need an endpoint of Secrets Manager.'),
    permissionsBoundary: text(/^([\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/, {
      must: 'be the name of a managed policy of the account',
      write: 'a name such as workload-boundary, without arn:',
    })
      .optional()
      .describe('Managed policy that is the permissions boundary of every role that Strongroom makes.'),
    byTag: oneOf(['auto', 'never'])
      .optional()
      .describe(
        '`auto`, the default: a consumer with more secrets than its policy holds reads by tags. `never`: refused.',
      ),
  })
  .describe('Conditions of each access to the environment’s secrets, in addition to its policies. Default: none.');

/** An IAM user has keys that last until somebody deletes them, and organisations forbid users. */
const breakGlassPrincipal = expecting(
  z.union([
    roleArn,
    z.strictObject({ permissionSet: permissionSet.describe('People, by the name of a permission set.') }),
  ]),
  {
    must: 'be the ARN of a role or a permission set, never an IAM user',
    write:
      'the ARN of a role that people assume with a second factor, or { permissionSet: NAME }, and see before you deploy ' +
      'that somebody can assume it',
  },
);

const environment = z.strictObject({
  account: account.describe('AWS account of the environment, in quotes: YAML would read it as a number.'),
  region: region.describe('AWS region of the environment.'),
  network: network.optional(),
  networks: entries(namedNetwork, 1)
    .optional()
    .describe(
      'Networks by name, each with rotation functions of its own; secrets name theirs under `rotation`. `default` is the ' +
        'same as `network`. `none`: outside a VPC.',
    ),
  fences: fences.optional(),
  certificateAuthorities: text(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*\.pem$/, {
    must: 'be a PEM file within the folder of the catalog',
    write: 'a path such as authorities/internal.pem',
  })
    .optional()
    .describe(
      'PEM file with certificate authorities of your own, for databases and the SIEM, in addition to the public ones and those of RDS.',
    ),
  breakGlass: list(breakGlassPrincipal, 1).describe(
    'Who may assume the break-glass role, which reads and writes every secret: ARNs of roles, and permission sets.',
  ),
  trail: oneOf(['create', 'existing'])
    .optional()
    .describe('`create`, the default: Strongroom makes a CloudTrail trail. `existing`: the account has one already.'),
  logRetention: logRetention
    .optional()
    .describe('How long CloudWatch keeps the logs of the functions, such as `400d`. Default: `365d`.'),
  operators: list(roleArn, 1).describe('ARNs of the roles that put the values which no machine generates.'),
  contacts: entries(contactSchema, 1)
    .optional()
    .describe('Contacts that differ here, by name, instead of those of the organisation.'),
  detections: detections.optional(),
  siem: siem
    .optional()
    .describe('Destinations of audit events of this environment, instead of `siem` of the organisation.'),
});

const classRotation = expecting(
  z.union([
    z.literal('manual'),
    z.strictObject({ every: every.optional(), window: window.optional(), grace: grace.optional() }),
  ]),
  { must: 'be manual or a mapping of every, window and grace', write: 'manual, or { every: 30d }' },
);

const classDefaults = z.strictObject({
  sensitivity: sensitivity.optional(),
  rotation: classRotation.optional().describe('How often a secret of the class must rotate, or `manual`.'),
});

export const organisationSchema = z
  .strictObject({
    organisation: name.describe('Name of the organisation.'),
    environments: entries(environment, 1).describe(
      'The environments, by name. Each becomes one stage of the deployment.',
    ),
    classes: expecting(z.partialRecord(z.enum(secretClasses), classDefaults), {
      must: 'be a mapping from a secret class to its defaults',
      write: 'database: { rotation: { every: 14d } }',
    })
      .optional()
      .describe('Defaults of classes in this organisation, instead of those of Strongroom.'),
    contacts: entries(contactSchema, 1).describe('Contacts for failed rotations, by name.'),
    contact: name.describe('Contact for failures of the platform itself: one of `contacts`.'),
    runbooks: text(/^https:\/\/[A-Za-z0-9.-]+(:[0-9]+)?(\/[A-Za-z0-9._~/-]*[A-Za-z0-9._~-])?$/, {
      must: 'be an https address without a slash at its end',
      write: 'https://git.example.com/platform/strongroom/docs/runbooks',
    })
      .optional()
      .describe('Address of the pages of docs/runbooks: alarms link to them. Default: that path.'),
    names: z
      .strictObject({ secret: nameTemplate })
      .optional()
      .describe('How secrets are named in AWS. Default: <environment>/<application>/<secret>.'),
    tags: tags.optional().describe('Tags of everything that Strongroom deploys, in addition to its own.'),
    siem: siem
      .optional()
      .describe(
        'Where audit events are sent: one destination, or a list of them. Default, and `none`: nowhere; the trail and the alarms stay.',
      ),
  })
  .describe('What all applications of a Strongroom catalog share: docs/catalog.md');

export type OrganisationSource = z.infer<typeof organisationSchema>;
export type NetworkSource = z.infer<typeof networkShape>;
export type EnvironmentSource = z.infer<typeof environment>;
export type ClassDefaultsSource = z.infer<typeof classDefaults>;
