/** The schema of a consumer: who reads, where it runs, and by what AWS knows it. */
import { z } from 'zod';

import { expecting, inWords, oneOf, text } from './expectation.ts';
import { account, exact, issuer, permissionSet, roleNameOrArn, sessionTime } from './scalars.ts';

const services = [
  'lambda',
  'ecs',
  'ecs-execution',
  'ec2',
  'eks',
  'eks-irsa',
  'github',
  'oidc',
  'roles-anywhere',
] as const;

const githubClaims = ['environment', 'branch', 'tag'] as const;

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

const subject = expecting(
  z.union([
    z.string().meta({ pattern: exact.source }),
    z.strictObject({
      commonName: subjectPart('backup-1.northwind.example').describe('CN of the certificate’s subject.'),
      organization: subjectPart('Northwind').optional().describe('O of the certificate’s subject.'),
      organizationalUnit: subjectPart('Backup').optional().describe('OU of the certificate’s subject.'),
    }),
  ]),
  { must: 'be text, or a mapping of commonName, organization and organizationalUnit', write: 'the whole subject' },
);

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

const keys = {
  runsOn: oneOf(services)
    .optional()
    .describe(
      'Strongroom makes the role, for this to assume. `ecs-execution` is the execution role of ECS, for `secrets:` of a task definition; `eks` is Pod Identity, `eks-irsa` roles for service accounts.',
    ),
  cluster: text(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, {
    must: 'be the name of an EKS cluster',
    write: 'a name such as shop',
  })
    .optional()
    .describe('Name of the cluster. `runsOn: eks`.'),
  namespace: text(new RegExp(`^${kubernetesLabel}$`), {
    must: 'be one namespace of Kubernetes: at most 63 lower-case letters, digits and inner hyphens',
    write: 'a name such as shop',
  })
    .optional()
    .describe('Namespace of the pods. `runsOn: eks` and `eks-irsa`.'),
  serviceAccount: expecting(
    z
      .string()
      .regex(new RegExp(String.raw`^${kubernetesLabel}(\.${kubernetesLabel})*$`))
      .max(253),
    {
      must: 'be one service account of Kubernetes: at most 253 lower-case letters, digits, inner hyphens and dots',
      write: 'a name such as batch',
    },
  )
    .optional()
    .describe('Service account of the pods. `runsOn: eks` and `eks-irsa`.'),
  issuer: issuer
    .optional()
    .describe('Host and path of the OpenID Connect issuer, whose provider is in the account. `eks-irsa` and `oidc`.'),
  audience: text(exact, {
    must: 'be one audience of at most 255 characters, without wildcards and $',
    write: 'the whole aud claim, such as sts.amazonaws.com',
  })
    .optional()
    .describe('The whole `aud` claim of the token. `runsOn: oidc`.'),
  subject: subject
    .optional()
    .describe('`runsOn: oidc`: the whole `sub` claim. `roles-anywhere`: what the certificate’s subject must be.'),
  repository: repository.optional().describe('OWNER/NAME, with ids where the token has them. `runsOn: github`.'),
  environment: text(/^[A-Za-z0-9_.-]([A-Za-z0-9_. /-]{0,253}[A-Za-z0-9_.-])?$/, {
    must: 'be one environment of the repository, without wildcards',
    write: 'a name such as production',
  })
    .optional()
    .describe('Environment of GitHub in which the job runs. `runsOn: github`: this, `branch` or `tag`.'),
  branch: gitRef('branch', 'main').optional().describe('Branch on which the job runs. `runsOn: github`.'),
  tag: gitRef('tag', 'v1.2.3').optional().describe('Tag for which the job runs. `runsOn: github`.'),
  trustAnchor: text(new RegExp(`^(arn:aws(-[a-z]+)*:rolesanywhere:[a-z0-9-]+:[0-9]{12}:trust-anchor/)?${uuid}$`), {
    must: 'be the id of a trust anchor of IAM Roles Anywhere, or its ARN',
    write: 'an id such as 1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
  })
    .optional()
    .describe('Trust anchor of IAM Roles Anywhere, by id or ARN. `runsOn: roles-anywhere`.'),
  session: sessionTime.optional().describe('Longest session, 15m to 12h; left out, 1h. `runsOn: roles-anywhere`.'),
  permissionSet: permissionSet.optional().describe('People, by the name of a permission set of IAM Identity Center.'),
  role: roleNameOrArn
    .optional()
    .describe('A role that exists: its name (in the account of each environment, or in `account`) or its ARN.'),
  account: account.optional().describe('Account of `role`, where it is another of the same organisation. In quotes.'),
  network: oneOf(['any'])
    .optional()
    .describe('`any`: the fences `vpcEndpoints` and `vpcs` of the environment are not for this consumer.'),
  reads: oneOf(['by-version'])
    .optional()
    .describe(
      '`by-version`: this consumer may read versions by their ids, as the caching libraries of AWS do. It then reaches every version whose id it knows.',
    ),
};

type Key = keyof typeof keys;
type Form = (typeof services)[number] | 'role' | 'permissionSet';

interface FormKeys {
  readonly needs: readonly Key[];
  readonly may?: readonly Key[];
}

const forms: Readonly<Record<Form, FormKeys>> = {
  lambda: { needs: [] },
  ecs: { needs: [] },
  'ecs-execution': { needs: [] },
  ec2: { needs: [] },
  eks: { needs: ['cluster', 'namespace', 'serviceAccount'] },
  'eks-irsa': { needs: ['issuer', 'namespace', 'serviceAccount'] },
  github: { needs: ['repository'], may: githubClaims },
  oidc: { needs: ['issuer', 'audience', 'subject'] },
  'roles-anywhere': { needs: ['trustAnchor', 'subject'], may: ['session'] },
  role: { needs: [], may: ['account'] },
  permissionSet: { needs: [] },
};

const formsKeys: readonly Key[] = ['runsOn', 'role', 'permissionSet'];

const titleOf = (form: Form): string => (form === 'role' || form === 'permissionSet' ? form : `runsOn: ${form}`);

const shape = z.strictObject(keys);

/** Says of a consumer in which of its forms it is; `undefined` where it is in none, or in several. */
const formOf = ({ runsOn, role, permissionSet }: z.infer<typeof shape>): Form | undefined => {
  const named: Form[] = [
    ...(runsOn === undefined ? [] : [runsOn]),
    ...(role === undefined ? [] : (['role'] as const)),
    ...(permissionSet === undefined ? [] : (['permissionSet'] as const)),
  ];
  return named.length === 1 ? named[0] : undefined;
};

type Refuse = (path: readonly string[], message: string, write?: string) => void;

const checkForm = (consumer: z.infer<typeof shape>, refuse: Refuse): void => {
  const form = formOf(consumer);
  if (form === undefined) {
    refuse([], 'must have exactly one of runsOn, role and permissionSet');
    return;
  }
  const { needs, may = [] } = forms[form];
  for (const key of needs) if (consumer[key] === undefined) refuse([key], 'is missing');
  const known: readonly string[] = [...formsKeys, ...needs, ...may, 'network', 'reads'];
  for (const key of Object.keys(consumer) as Key[]) {
    if (consumer[key] === undefined || known.includes(key)) continue;
    refuse([key], `is not for ${titleOf(form)}`, `it with ${homesOf(key)} only`);
  }
  checkGithubClaim(consumer, form, refuse);
  checkSubject(consumer, form, refuse);
  if (form === 'role' && consumer.account !== undefined && consumer.role?.startsWith('arn:') === true) {
    refuse(['role'], 'must be a name beside account', 'the name alone, or the ARN without account');
  }
};

const homesOf = (key: Key): string =>
  inWords(
    (Object.keys(forms) as Form[])
      .filter((form) => [...forms[form].needs, ...(forms[form].may ?? [])].includes(key))
      .map(titleOf),
    'or',
  );

const checkGithubClaim = (consumer: z.infer<typeof shape>, form: Form, refuse: Refuse): void => {
  if (form !== 'github') return;
  const [first, second] = githubClaims.filter((key) => consumer[key] !== undefined);
  if (first === undefined) {
    refuse([], 'must say where in the repository the job runs', 'environment: production, branch: main or tag: v1.2.3');
  } else if (second !== undefined) {
    refuse([second], `must not stand beside ${first}`, `one of ${inWords(githubClaims, 'and')}`);
  }
};

const checkSubject = ({ subject: given }: z.infer<typeof shape>, form: Form, refuse: Refuse): void => {
  if (given === undefined) return;
  if (form === 'oidc' && typeof given === 'object') {
    refuse(['subject'], 'must be the text of the sub claim', 'project_path:northwind/shop:ref_type:branch:ref:main');
  } else if (form === 'oidc' && typeof given === 'string' && !exact.test(given)) {
    refuse(
      ['subject'],
      'must be one subject of at most 255 characters, without wildcards and $',
      'the whole sub claim',
    );
  } else if (form === 'roles-anywhere' && typeof given === 'string') {
    refuse(['subject'], 'must be a mapping', '{ commonName: backup-1.northwind.example }');
  }
};

export const consumerSchema = expecting(
  shape.superRefine((given, context) => {
    checkForm(given, (path, message, write) => {
      context.addIssue({ code: 'custom', path: [...path], message, ...(write !== undefined && { params: { write } }) });
    });
  }),
  {
    must: 'be a mapping of runsOn, role or permissionSet',
    write: '{ runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  },
).meta({
  oneOf: (Object.keys(forms) as Form[]).map((form) => ({
    ...(form === 'role' || form === 'permissionSet'
      ? { required: [form] }
      : { properties: { runsOn: { const: form } }, required: ['runsOn', ...forms[form].needs] }),
    ...(form === 'github' && { oneOf: githubClaims.map((key) => ({ required: [key] })) }),
  })),
});

export type ConsumerSource = z.infer<typeof consumerSchema>;
