/** The schema of a consumer: who reads, where it runs, and by what AWS knows it. */
import { z } from 'zod';

import { consumerServices } from '../../contract/index.ts';
import { choosing } from '../words/choice.ts';
import { type Expectation, expecting, inWords, oneOf, oneOfThese, text } from '../words/expectation.ts';
import { account, exact, issuer, permissionSet, roleNameOrArn, sessionTime } from '../words/scalars.ts';

const serviceExpectation: Expectation = {
  must: `be ${inWords(consumerServices, 'or')}`,
  write: oneOfThese,
};

const githubClaims = ['environment', 'branch', 'tag'] as const;

const oneClaim = (
  job: Readonly<Partial<Record<(typeof githubClaims)[number], string | undefined>>>,
  context: z.RefinementCtx,
): void => {
  const [first, second] = githubClaims.filter((key) => job[key] !== undefined);
  if (first === undefined) {
    const write = 'environment: production, branch: main or tag: v1.2.3';
    const message = 'must name the environment, branch or tag of the job';
    context.addIssue({ code: 'custom', path: [], message, params: { write } });
  } else if (second !== undefined) {
    const write = `one of ${inWords(githubClaims, 'and')}`;
    context.addIssue({ code: 'custom', path: [second], message: `must not be next to ${first}`, params: { write } });
  }
};

const kubernetesLabel = '[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?';

/** https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/ */
const repository = text(/^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}(@[0-9]+)?\/[A-Za-z0-9._-]{1,100}(@[0-9]+)?$/, {
  must: 'be one repository of GitHub, OWNER/NAME, without wildcards',
  write: 'northwind/shop, or northwind@123456/shop@456789 where its tokens carry the ids',
});

const gitRef = (what: string, example: string): z.ZodString =>
  text(/^[A-Za-z0-9_][A-Za-z0-9_.@+#=-]*(\/[A-Za-z0-9_.@+#=-]+)*$/, {
    must: `be one ${what}, without wildcards and without refs/`,
    write: `a name such as ${example}`,
  });

const subjectPart = (example: string): z.ZodString =>
  text(/^[\p{L}\p{N}_.:/=+@-]([\p{L}\p{N} _.:/=+@-]{0,62}[\p{L}\p{N}_.:/=+@-])?$/u, {
    must: 'be 1 to 64 letters, digits, spaces and _ . : / = + - @, without wildcards',
    write: `the whole field, such as ${example}`,
  });

const certificateSubject = expecting(
  z.strictObject({
    commonName: subjectPart('backup-1.northwind.example').describe('CN of the certificate’s subject.'),
    organization: subjectPart('Northwind').optional().describe('O of the certificate’s subject.'),
    organizationalUnit: subjectPart('Backup').optional().describe('OU of the certificate’s subject.'),
  }),
  { must: 'be a mapping', write: '{ commonName: backup-1.northwind.example }' },
);

const claimedSubject = text(exact, {
  must: 'be the text of the sub claim: one subject of at most 255 characters, without wildcards and $',
  write: 'the whole sub claim, such as project_path:northwind/shop:ref_type:branch:ref:main',
});

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const cluster = text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, {
  must: 'be the name of an EKS cluster',
  write: 'a name such as shop',
}).describe('Name of the EKS cluster.');

const namespace = text(new RegExp(`^${kubernetesLabel}$`), {
  must: 'be one namespace of Kubernetes: at most 63 lower-case letters, digits and inner hyphens',
  write: 'a name such as shop',
}).describe('Namespace of the pods.');

const serviceAccount = expecting(
  z
    .string()
    .regex(new RegExp(String.raw`^${kubernetesLabel}(\.${kubernetesLabel})*$`))
    .max(253),
  {
    must: 'be one service account of Kubernetes: at most 253 lower-case letters, digits, inner hyphens and dots',
    write: 'a name such as batch',
  },
).describe('Service account of the pods.');

const issuerOfProvider = issuer.describe(
  'Host and path of the OpenID Connect issuer. Its IAM identity provider exists in the account.',
);

const audience = text(exact, {
  must: 'be one audience of at most 255 characters, without wildcards and $',
  write: 'the whole aud claim, such as sts.amazonaws.com',
}).describe('The whole `aud` claim of the token.');

const githubEnvironment = text(/^[A-Za-z0-9_.-]([A-Za-z0-9_. /-]{0,253}[A-Za-z0-9_.-])?$/, {
  must: 'be one environment of the repository, without wildcards',
  write: 'a name such as production',
});

const trustAnchor = text(new RegExp(`^(arn:aws(-[a-z]+)*:rolesanywhere:[a-z0-9-]+:[0-9]{12}:trust-anchor/)?${uuid}$`), {
  must: 'be the id of a trust anchor of IAM Roles Anywhere, or its ARN',
  write: 'an id such as 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
}).describe('Trust anchor of IAM Roles Anywhere, by id or ARN.');

/** Each form has these. */
const common = {
  network: oneOf(['any'])
    .optional()
    .describe('`any`: the fences `vpcEndpoints` and `vpcs` of the environment do not apply to this consumer.'),
  reads: oneOf(['by-version'])
    .optional()
    .describe(
      '`by-version`: this consumer may also read a version by its id, as the caching libraries of AWS do. It can read every version if it knows the id.',
    ),
};

const runsOn = <const Service extends string>(...services: readonly [Service, ...Service[]]) =>
  expecting(z.enum(services), serviceExpectation).describe(
    'Strongroom creates the role, and this service assumes it. `ecs-execution`: the execution role of ECS, for `secrets:` in a task definition. `eks`: Pod Identity. `eks-irsa`: IAM roles for service accounts.',
  );

const workloads = {
  plain: z.strictObject({ runsOn: runsOn('lambda', 'ecs', 'ecs-execution', 'ec2'), ...common }),
  eks: z.strictObject({ runsOn: runsOn('eks'), cluster, namespace, serviceAccount, ...common }),
  'eks-irsa': z.strictObject({
    runsOn: runsOn('eks-irsa'),
    issuer: issuerOfProvider,
    namespace,
    serviceAccount,
    ...common,
  }),
  github: z
    .strictObject({
      runsOn: runsOn('github'),
      repository: repository.describe('OWNER/NAME, with ids if the token has them.'),
      environment: githubEnvironment.optional().describe('GitHub environment of the job: this, `branch` or `tag`.'),
      branch: gitRef('branch', 'main').optional().describe('Branch on which the job runs.'),
      tag: gitRef('tag', 'v1.2.3').optional().describe('Tag for which the job runs.'),
      ...common,
    })
    .superRefine(oneClaim)
    .meta({ oneOf: githubClaims.map((key) => ({ required: [key] })) }),
  oidc: z.strictObject({
    runsOn: runsOn('oidc'),
    issuer: issuerOfProvider,
    audience,
    subject: claimedSubject.describe('The whole `sub` claim of the token.'),
    ...common,
  }),
  'roles-anywhere': z.strictObject({
    runsOn: runsOn('roles-anywhere'),
    trustAnchor,
    subject: certificateSubject.describe('What the subject of the certificate must be.'),
    session: sessionTime.optional().describe('Longest session, 15m to 12h. Default: 1h.'),
    ...common,
  }),
};

const workload = z.discriminatedUnion('runsOn', [
  workloads.plain,
  workloads.eks,
  workloads['eks-irsa'],
  workloads.github,
  workloads.oidc,
  workloads['roles-anywhere'],
]);

const existingRole = z
  .strictObject({
    role: roleNameOrArn.describe(
      'A role that exists: its name (in the account of each environment, or in `account`) or its ARN.',
    ),
    account: account.optional().describe('Account of `role`, if it is another one of the organisation. In quotes.'),
    ...common,
  })
  .superRefine(({ role, account: other }, context) => {
    if (other === undefined || !role.startsWith('arn:')) return;
    context.addIssue({
      code: 'custom',
      path: ['role'],
      message: 'must be a name next to account',
      params: { write: 'the name alone, or the ARN without account' },
    });
  })
  // With `account`, an ARN would name the account twice.
  .meta({
    if: { required: ['account'] },
    then: { properties: { role: { not: { type: 'string', pattern: '^arn:' } } } },
  });

const people = z.strictObject({
  permissionSet: permissionSet.describe('People, by the name of a permission set of IAM Identity Center.'),
  ...common,
});

const forms = ['runsOn', 'role', 'permissionSet'] as const;

/** Each key with the consumers that have it. */
const homes: Readonly<Record<string, readonly string[]>> = (() => {
  const titled = [
    ...Object.values(workloads).map(({ shape }) => [`runsOn: ${inWords(shape.runsOn.options, 'or')}`, shape] as const),
    ['role', existingRole.shape] as const,
    ['permissionSet', people.shape] as const,
  ];
  const found: Record<string, string[]> = {};
  for (const [title, shape] of titled) for (const key of Object.keys(shape)) (found[key] ??= []).push(title);
  return found;
})();

const anyForm = z
  .strictObject({
    ...existingRole.shape,
    ...people.shape,
    ...workloads.oidc.shape,
    ...workloads['roles-anywhere'].shape,
    ...workloads.github.shape,
    ...workloads['eks-irsa'].shape,
    ...workloads.eks.shape,
    runsOn: runsOn(...consumerServices),
    subject: z.union([claimedSubject, certificateSubject]),
  })
  .partial();

/** Consumers by what they are: a workload, by the service it runs on, a role that exists, or people. */
export const consumerSchema = choosing(
  expecting(z.xor([workload, existingRole, people]), {
    must: 'be a mapping of runsOn, role or permissionSet',
    write: '{ runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  }),
  {
    anyForm,
    whyNot: (key, given) => `is for ${inWords(homes[key] ?? [], 'or')} only (this is ${titleOf(given)}); leave it out`,
    meant: (given) => {
      const [first, second] = forms.filter((key) => given[key] !== undefined && given[key] !== null);
      return first === undefined || second !== undefined ? undefined : forms.indexOf(first);
    },
    none: 'must have exactly one of runsOn, role and permissionSet',
  },
);

const titleOf = ({ runsOn: service, role }: Readonly<Record<string, unknown>>): string => {
  if (typeof service === 'string') return `runsOn: ${service}`;
  return role === undefined ? 'permissionSet' : 'role';
};

export type ConsumerSource = z.infer<typeof consumerSchema>;
export type WorkloadSource = z.infer<typeof workload>;
/** A consumer of which parts may be missing, because they are reported already. */
export type AnyConsumer = z.infer<typeof anyForm>;
