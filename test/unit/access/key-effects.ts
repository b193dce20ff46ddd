/**
 * What a change of each key of the catalog does to access, by hand and apart from the code that is tested.
 *
 * A key that is new in a schema needs an entry here: values to try, and whether changing, adding and removing it `widens`
 * what anyone may do or learn (a reader, a server that is shown a credential, an address that gets events), only `narrows`
 * it, does `nothing`, or is `refused` by the loader.
 */
export type Effect = 'widens' | 'narrows' | 'nothing' | 'refused';

type At = readonly string[];

/** One change of the example, and what it does. */
export interface Try {
  /** The file, and the path in it. */
  readonly at: At;
  /** `undefined`: the key is absent. */
  readonly from: unknown;
  readonly to: unknown;
  readonly effect: Effect;
  /** What is otherwise in the example, before and after; `undefined` removes. */
  readonly given: readonly (readonly [at: At, value: unknown])[];
}

/** From the first value to the second, the second added, the first removed. */
const key = (
  at: At,
  [from, to]: readonly [unknown, unknown],
  [change, add, remove]: readonly [change: Effect, add: Effect, remove: Effect],
  given: Try['given'] = [],
): readonly Try[] => [
  { at, from, to, effect: change, given },
  { at, from: undefined, to, effect: add, given },
  { at, from, to: undefined, effect: remove, given },
];

const account = '444455556666';
const org = (...path: string[]): string[] => ['organisation.yaml', ...path];
const prod = (...path: string[]): string[] => org('environments', 'prod', ...path);
const app = (...path: string[]): string[] => ['payments.yaml', ...path];
const consumer = (name: string, ...path: string[]): string[] => app('consumers', name, ...path);
const secret = (name: string, ...path: string[]): string[] => app('secrets', name, ...path);
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const lambda = (name: string): string => `arn:aws:lambda:eu-west-1:${account}:function:${name}`;
const arn = (name: string): string => `arn:aws:secretsmanager:eu-west-1:${account}:secret:${name}`;
const keyArn = (digit: string): string =>
  `arn:aws:kms:eu-west-1:${account}:key/${digit.repeat(8)}-1111-2222-3333-444455556666`;
const splunk = { type: 'splunk-hec', url: 'https://splunk.acme.example:8088', index: 'aws_secrets' };
const exception = { reason: 'not yet', approvedBy: 'security', until: '2027-03-31' };
/** Every kind of consumer and of secret, in one environment. */
export const exampleFiles = {
  'organisation.yaml': {
    organisation: 'acme',
    environments: {
      dev: {
        account: '111122223333',
        region: 'eu-west-1',
        breakGlass: ['arn:aws:iam::111122223333:role/break-glass'],
        operators: ['arn:aws:iam::111122223333:role/operator'],
      },
      prod: {
        account,
        region: 'eu-west-1',
        fences: { organization: 'o-a1b2c3d4e5' },
        breakGlass: [`arn:aws:iam::${account}:role/break-glass`],
        operators: [role('operator')],
      },
    },
    contacts: { oncall: { email: 'oncall@acme.example' }, other: { email: 'other@acme.example' } },
    contact: 'oncall',
    siem: splunk,
  },
  'payments.yaml': {
    application: 'payments',
    owner: 'team-payments',
    contact: 'oncall',
    environments: ['prod'],
    consumers: {
      api: { runsOn: 'ecs' },
      pods: { runsOn: 'eks', cluster: 'shop', namespace: 'shop', serviceAccount: 'batch' },
      irsa: {
        runsOn: 'eks-irsa',
        issuer: 'oidc.eks.eu-west-1.amazonaws.com/id/ABC',
        namespace: 'shop',
        serviceAccount: 'batch',
      },
      ci: { runsOn: 'github', repository: 'acme/shop', branch: 'main' },
      gitlab: { runsOn: 'oidc', issuer: 'gitlab.com', audience: 'aws', subject: 'project_path:acme/shop' },
      backup: {
        runsOn: 'roles-anywhere',
        trustAnchor: '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d',
        subject: { commonName: 'backup-1' },
      },
      people: { permissionSet: 'Support' },
      legacy: { role: 'legacy' },
      partner: { role: 'partner', account: '777788889999' },
    },
    secrets: {
      token: {
        class: 'generic',
        value: 'supplied',
        readers: ['api', 'pods', 'irsa', 'ci', 'gitlab', 'backup', 'people', 'legacy', 'partner'],
      },
      old: { class: 'generic', value: 'supplied', readers: [], adopt: { arn: arn('legacy/old-AbCdEf') } },
      'orders-db': {
        class: 'database',
        engine: 'postgres',
        host: { rds: 'orders' },
        dbname: 'orders',
        username: 'payments_app',
        readers: ['api', 'legacy'],
        rotation: { admin: { managedBy: 'rds' } },
      },
      'host-db': {
        class: 'database',
        engine: 'postgres',
        host: 'db.acme.example',
        port: 5432,
        dbname: 'orders',
        username: 'host_app',
        value: 'supplied',
        readers: ['api'],
      },
      'host-admin': {
        class: 'database',
        engine: 'postgres',
        host: 'db.acme.example',
        dbname: 'orders',
        username: 'admin',
        readers: [],
        value: 'supplied',
      },
      cache: {
        class: 'database',
        engine: 'elasticache',
        host: 'cache.acme.example',
        username: 'cache_app',
        userId: 'cache-app',
        readers: ['api'],
      },
      'iam-db': {
        class: 'database',
        engine: 'postgres',
        host: 'iam.acme.example',
        dbname: 'orders',
        username: 'iam_app',
        access: 'iam',
        resourceId: 'db-ABCDEFGHIJKL01234',
        readers: ['api'],
      },
    },
  },
} as const;

const files = exampleFiles;
const environments = files['organisation.yaml'].environments;
const { consumers, secrets } = files['payments.yaml'];
const widening = ['widens', 'widens', 'widens'] as const;
const silent = ['nothing', 'nothing', 'nothing'] as const;
/** A key that every file has. */
const fixed = (change: Effect) => [change, 'refused', 'refused'] as const;
const vpc = ['vpc-0a1b2c3d4e5f60718', 'vpc-0eeeeeeeeeeeeeee1'] as const;
const network = (one: string) => ({ vpc: vpc[0], subnets: [`subnet-${one}`], securityGroups: [`sg-${one}`] });
const inNetwork = [[prod('network'), network('0a1b2c3d4e5f60718')]] as const;
const inNetworks = [
  ...inNetwork,
  [prod('networks'), { data: network('0a1b2c3d4e5f60718'), other: network('0eeeeeeeeeeeeeee1') }],
] as const;
const aws = '0a1b2c3d4e5f60718';
const generatedJson = [
  [secret('token', 'value'), 'generated'],
  [secret('token', 'generate'), { template: { username: 'app' }, key: 'password' }],
] as const;

const databaseClass = (rotation: unknown) => [[org('classes', 'database'), { rotation }]] as const;
const alternating = { strategy: 'alternating-users', admin: { managedBy: 'rds' } };
const provisioned = (grants: unknown) => [
  [secret('orders-db', 'rotation'), { admin: { managedBy: 'rds' }, provision: { grants } }] as const,
];
const withException = [[secret('host-db', 'exception'), exception]] as const;
const hostTls = [[secret('host-db', 'tls'), { serverName: 'db.acme.example' }]] as const;
const inAllEnvironments = [
  [secret('old'), undefined],
  [consumer('partner'), undefined],
  [secret('token', 'readers'), ['api']],
] as const;

/** An application that uses a secret of payments. */
const billing = (uses: unknown) => ({
  application: 'billing',
  owner: 'team-billing',
  contact: 'oncall',
  environments: ['prod'],
  consumers: { api: { runsOn: 'lambda' }, report: { runsOn: 'ecs' } },
  secrets: { invoice: { class: 'generic', readers: ['api'] } },
  ...(uses === undefined ? {} : { uses }),
});
const cacheOf = (readers: readonly string[]) => ({ application: 'payments', secret: 'cache', readers });
/** Two owners have to agree, so a change on one side is refused: test/unit/access/sharing.test.ts changes both. */
const agreedKey = (at: At, [agreed, other]: readonly [unknown, unknown], given: Try['given']): readonly Try[] =>
  (
    [
      [agreed, other],
      [undefined, agreed],
      [agreed, undefined],
    ] as const
  ).map(([from, to]) => ({ at, from, to, effect: 'refused', given }));
const usedByBilling = [[['billing.yaml'], billing({ cache: cacheOf(['api']) })]] as const;
const sharedWithBilling = [
  [['billing.yaml'], billing(undefined)],
  [secret('cache', 'sharedWith'), { billing: ['api'] }],
] as const;
const use = (...path: string[]): string[] => ['billing.yaml', 'uses', 'cache', ...path];
const agreed = [...sharedWithBilling, ...usedByBilling];

const suppression = {
  rule: 'first-read',
  principal: role('load-test'),
  secret: 'prod/payments/token',
  owner: 'team-payments',
  reason: 'a load test',
  until: '2027-03-31',
};
const suppressed = (change: object, effect: Effect): readonly Try[] => [
  { at: prod('detections', 'suppress'), from: [suppression], to: [{ ...suppression, ...change }], effect, given: [] },
];

/** Mappings whose keys are tried one by one. */
export const containers = {
  organisation: [
    'environments',
    'environments.*.contacts',
    'environments.*.networks',
    'classes',
    'classes.*',
    'contacts',
  ],
  application: ['consumers', 'secrets', 'uses', 'overrides', 'overrides.*'],
} as const;

/** By the key as the schema has it. */
export const organisationEffects: Readonly<Record<string, readonly Try[]>> = {
  organisation: key(org('organisation'), ['acme', 'other'], fixed('nothing')),
  'environments.*': key(
    org('environments', 'test'),
    [environments.dev, { ...environments.dev, region: 'eu-north-1' }],
    ['widens', 'widens', 'narrows'],
    [
      [app('environments'), undefined],
      [secret('old'), undefined],
      [consumer('partner'), undefined],
      [consumer('pods'), undefined],
      [secret('token', 'readers'), ['api']],
    ],
  ),
  'environments.*.account': key(prod('account'), [account, '999988887777'], fixed('widens'), [
    [secret('old'), undefined],
    [prod('breakGlass'), ['arn:aws:iam::999988887777:role/break-glass']],
    [prod('operators'), ['arn:aws:iam::999988887777:role/operator']],
  ]),
  'environments.*.region': key(prod('region'), ['eu-west-1', 'eu-north-1'], fixed('widens'), [
    [secret('old'), undefined],
  ]),
  'environments.*.network': key(prod('network'), [network(aws), network('0eeeeeeeeeeeeeee1')], widening),
  'environments.*.network.vpc': key(prod('network', 'vpc'), vpc, fixed('widens'), inNetwork),
  'environments.*.network.subnets': key(
    prod('network', 'subnets'),
    [['subnet-0a1b2c3d4e5f60718'], ['subnet-0eeeeeeeeeeeeeee1']],
    fixed('widens'),
    inNetwork,
  ),
  'environments.*.network.securityGroups': key(
    prod('network', 'securityGroups'),
    [['sg-0a1b2c3d4e5f60718'], ['sg-0eeeeeeeeeeeeeee1']],
    fixed('widens'),
    inNetwork,
  ),
  'environments.*.networks.*': [
    ...key(
      prod('networks', 'data'),
      [network(aws), network('0eeeeeeeeeeeeeee1')],
      ['widens', 'widens', 'narrows'],
      [...inNetwork, [prod('networks', 'other'), 'none']],
    ),
    ...key(
      prod('networks', 'default'),
      [network(aws), 'none'],
      ['widens', 'refused', 'refused'],
      [[prod('networks', 'other'), 'none']],
    ),
  ],
  'environments.*.networks.*.vpc': key(prod('networks', 'data', 'vpc'), vpc, fixed('widens'), inNetworks),
  'environments.*.networks.*.subnets': key(
    prod('networks', 'data', 'subnets'),
    [['subnet-0a1b2c3d4e5f60718'], ['subnet-0eeeeeeeeeeeeeee1']],
    fixed('widens'),
    inNetworks,
  ),
  'environments.*.networks.*.securityGroups': key(
    prod('networks', 'data', 'securityGroups'),
    [['sg-0a1b2c3d4e5f60718'], ['sg-0eeeeeeeeeeeeeee1']],
    fixed('widens'),
    inNetworks,
  ),
  'environments.*.fences': key(
    prod('fences'),
    [{ vpcs: [vpc[0]] }, { vpcs: [vpc[1]] }],
    ['widens', 'narrows', 'widens'],
    [
      [consumer('partner'), undefined],
      [secret('token', 'readers'), ['api']],
    ],
  ),
  'environments.*.fences.organization': key(
    prod('fences', 'organization'),
    ['o-a1b2c3d4e5', 'o-e5d4c3b2a1'],
    ['widens', 'narrows', 'widens'],
    [
      [consumer('partner'), undefined],
      [secret('token', 'readers'), ['api']],
    ],
  ),
  'environments.*.fences.vpcEndpoints': key(
    prod('fences', 'vpcEndpoints'),
    [[`vpce-${aws}`], ['vpce-0eeeeeeeeeeeeeee1']],
    ['widens', 'narrows', 'widens'],
  ),
  'environments.*.fences.vpcs': key(prod('fences', 'vpcs'), [[vpc[0]], [vpc[1]]], ['widens', 'narrows', 'widens']),
  'environments.*.fences.permissionsBoundary': key(
    prod('fences', 'permissionsBoundary'),
    ['workload', 'everything'],
    ['widens', 'narrows', 'widens'],
  ),
  'environments.*.fences.byTag': key(prod('fences', 'byTag'), ['never', 'auto'], ['widens', 'nothing', 'widens']),
  'environments.*.certificateAuthorities': key(
    prod('certificateAuthorities'),
    ['one.pem', 'other.pem'],
    ['widens', 'widens', 'narrows'],
  ),
  'environments.*.breakGlass': key(
    prod('breakGlass'),
    [[`arn:aws:iam::${account}:role/one`], [`arn:aws:iam::${account}:role/two`]],
    fixed('widens'),
  ),
  'environments.*.breakGlass.permissionSet': key(
    prod('breakGlass'),
    [[{ permissionSet: 'One' }], [{ permissionSet: 'Two' }]],
    fixed('widens'),
  ),
  'environments.*.trail': key(prod('trail'), ['create', 'existing'], ['widens', 'widens', 'nothing']),
  'environments.*.logRetention': key(prod('logRetention'), ['365d', '400d'], silent),
  'environments.*.detections': key(
    prod('detections'),
    [{ production: true }, { production: false }],
    ['widens', 'widens', 'nothing'],
  ),
  'environments.*.detections.production': key(
    prod('detections', 'production'),
    [true, false],
    ['widens', 'widens', 'nothing'],
  ),
  'environments.*.detections.suppress': key(
    prod('detections', 'suppress'),
    [[suppression], [suppression, { ...suppression, rule: 'human-read' }]],
    ['widens', 'widens', 'narrows'],
  ),
  'environments.*.detections.suppress.rule': suppressed({ rule: 'human-read' }, 'widens'),
  'environments.*.detections.suppress.principal': [
    ...suppressed({ principal: undefined }, 'widens'),
    ...suppressed({ principal: role('load-*') }, 'widens'),
    ...suppressed({ principal: role('load-test') }, 'nothing'),
  ],
  'environments.*.detections.suppress.secret': [
    ...suppressed({ secret: undefined }, 'widens'),
    ...suppressed({ secret: 'prod/*' }, 'widens'),
  ],
  'environments.*.detections.suppress.owner': suppressed({ owner: 'team-other' }, 'nothing'),
  'environments.*.detections.suppress.reason': suppressed({ reason: 'another' }, 'nothing'),
  'environments.*.detections.suppress.until': [
    ...suppressed({ until: '2027-04-30' }, 'widens'),
    ...suppressed({ until: '2027-02-28' }, 'narrows'),
    ...suppressed({ until: undefined }, 'refused'),
  ],
  'environments.*.operators': key(prod('operators'), [[role('one')], [role('two')]], fixed('widens')),
  'environments.*.siem': key(prod('siem'), [splunk, 'none'], ['widens', 'widens', 'nothing']),
  ...siemEffects('environments.*.siem', prod('siem')),
  'classes.*.sensitivity': key(
    org('classes', 'generic', 'sensitivity'),
    ['high', 'standard'],
    ['widens', 'nothing', 'widens'],
  ),
  'classes.*.rotation': key(org('classes', 'database', 'rotation'), [{ every: '7d' }, 'manual'], widening, [
    [secret('orders-db', 'rotation', 'every'), '7d'],
  ]),
  'classes.*.rotation.every': key(
    org('classes', 'database', 'rotation', 'every'),
    ['7d', '60d'],
    widening,
    databaseClass({ every: '7d' }),
  ),
  'classes.*.rotation.window': key(
    org('classes', 'database', 'rotation', 'window'),
    ['any', '02:00-04:00 UTC'],
    silent,
    databaseClass({ every: '7d' }),
  ),
  'classes.*.rotation.grace': key(org('classes', 'database', 'rotation', 'grace'), ['12h', '48h'], widening, [
    ...databaseClass({ every: '7d' }),
    [secret('orders-db', 'rotation'), alternating],
  ]),
  // Other names are other secrets.
  names: key(
    org('names'),
    [{ secret: '/{environment}/{application}/{secret}' }, { secret: 'acme/{environment}/{application}/{secret}' }],
    ['widens', 'widens', 'widens'],
  ),
  'names.secret': key(
    org('names', 'secret'),
    ['/{environment}/{application}/{secret}', 'acme/{environment}/{application}/{secret}'],
    fixed('widens'),
  ),
  tags: key(org('tags'), [{ CostCenter: '1' }, { CostCenter: '2' }], silent),
  'tags.*': key(org('tags', 'CostCenter'), ['1', '2'], silent, [[org('tags', 'Team'), 'a']]),
  'environments.*.contacts.*': key(
    prod('contacts', 'oncall'),
    [{ email: 'a@acme.example' }, { email: 'b@acme.example' }],
    widening,
    [[prod('contacts', 'other'), { email: 'c@acme.example' }]],
  ),
  ...contactEffects('environments.*.contacts.*', prod('contacts', 'oncall')),
  'contacts.*': key(org('contacts', 'third'), [{ email: 'a@acme.example' }, { email: 'b@acme.example' }], silent),
  ...contactEffects('contacts.*', org('contacts', 'oncall')),
  contact: key(org('contact'), ['oncall', 'other'], fixed('widens')),
  runbooks: key(org('runbooks'), ['https://acme.example/books', 'https://other.example/books'], widening),
  siem: key(org('siem'), [splunk, 'none'], ['widens', 'nothing', 'widens']),
  ...siemEffects('siem', org('siem')),
};

function contactEffects(name: string, at: At): Record<string, readonly Try[]> {
  // In an account of its own, so that the contact is tried in prod.
  const dev = [org('environments', 'dev', 'contacts', 'oncall'), { email: 'dev@acme.example' }] as const;
  const given = (contact: unknown): Try['given'] => [[at, contact], dev];
  const topic = (its: string): string => `arn:aws:sns:eu-west-1:${its}:oncall`;
  const slack = { workspace: 'T0123456789', channel: 'C0123456789' };
  const id = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
  const otherId = '2b3c4d5e-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
  const teams = { tenant: id, team: id, channel: '19%3Aalarms%40thread.tacv2' };
  const otherKind = (to: unknown): Try => ({
    at,
    from: { email: 'a@acme.example' },
    to,
    effect: 'widens',
    given: [dev],
  });
  return {
    [`${name}.email`]: [
      ...key([...at, 'email'], ['a@acme.example', 'b@acme.example'], fixed('widens')),
      ...key([...at, 'email'], ['a@acme.example', ['a@acme.example', 'b@acme.example']], fixed('widens')),
      ...key([...at, 'email'], [['a@acme.example', 'b@acme.example'], 'b@acme.example'], fixed('narrows')),
      ...key([...at, 'email'], ['a@acme.example', ['a@acme.example']], fixed('nothing')),
    ],
    [`${name}.topic`]: [
      ...key([...at, 'topic'], [topic(account), `${topic(account)}-2`], fixed('widens'), given({})),
      otherKind({ topic: topic(account) }),
      otherKind({ topic: topic('777788889999'), account: '777788889999' }),
    ],
    [`${name}.account`]: key(
      [...at, 'account'],
      [account, '777788889999'],
      ['refused', 'refused', 'nothing'],
      given({ topic: topic(account) }),
    ),
    [`${name}.webhook`]: [
      ...key([...at, 'webhook'], ['https://a.acme.example', 'https://b.acme.example'], fixed('widens'), given({})),
      otherKind({ webhook: 'https://a.acme.example/sns' }),
    ],
    [`${name}.slack`]: [
      ...key([...at, 'slack'], [slack, { ...slack, channel: 'C0123456780' }], fixed('widens'), given({})),
      otherKind({ slack }),
    ],
    [`${name}.slack.workspace`]: key(
      [...at, 'slack', 'workspace'],
      ['T0123456789', 'T0123456780'],
      fixed('widens'),
      given({ slack }),
    ),
    [`${name}.slack.channel`]: key(
      [...at, 'slack', 'channel'],
      ['C0123456789', 'C0123456780'],
      fixed('widens'),
      given({ slack }),
    ),
    [`${name}.teams`]: [
      ...key([...at, 'teams'], [teams, { ...teams, team: otherId }], fixed('widens'), given({})),
      otherKind({ teams }),
    ],
    [`${name}.teams.tenant`]: key([...at, 'teams', 'tenant'], [id, otherId], fixed('widens'), given({ teams })),
    [`${name}.teams.team`]: key([...at, 'teams', 'team'], [id, otherId], fixed('widens'), given({ teams })),
    [`${name}.teams.channel`]: key(
      [...at, 'teams', 'channel'],
      [teams.channel, '19%3Aother%40thread.tacv2'],
      fixed('widens'),
      given({ teams }),
    ),
    [`${name}.pagerduty`]: [
      ...key(
        [...at, 'pagerduty'],
        [{ fallback: 'other' }, { fallback: 'other', region: 'eu' }],
        fixed('widens'),
        given({}),
      ),
      otherKind({ pagerduty: { fallback: 'other' } }),
    ],
    [`${name}.pagerduty.region`]: key(
      [...at, 'pagerduty', 'region'],
      ['us', 'eu'],
      ['widens', 'widens', 'nothing'],
      given({ pagerduty: { fallback: 'other' } }),
    ),
    [`${name}.pagerduty.fallback`]: key([...at, 'pagerduty', 'fallback'], ['other', 'third'], fixed('widens'), [
      ...given({ pagerduty: {} }),
      [org('contacts', 'third'), { email: 'third@acme.example' }],
    ]),
    [`${name}.pagerduty.severity.*`]: key(
      [...at, 'pagerduty', 'severity', 'high'],
      ['critical', 'error'],
      silent,
      given({ pagerduty: { fallback: 'other', severity: { low: 'info' } } }),
    ),
    [`${name}.pagerduty.severity`]: key(
      [...at, 'pagerduty', 'severity'],
      [{ high: 'critical' }, { high: 'error' }],
      silent,
      given({ pagerduty: { fallback: 'other' } }),
    ),
  };
}

function siemEffects(name: string, at: At): Record<string, readonly Try[]> {
  const id = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
  const otherId = id.replace('1', '2');
  const of =
    (form: Readonly<Record<string, unknown>>) =>
    (
      own: string,
      values: readonly [unknown, unknown],
      effects: readonly [Effect, Effect, Effect],
    ): Record<string, readonly Try[]> => ({ [`${name}.${own}`]: key([...at, own], values, effects, [[at, form]]) });
  const ofSplunk = of(splunk);
  const ofElastic = of({ type: 'elasticsearch', url: 'https://search.acme.example', index: 'audit' });
  const ofDatadog = of({ type: 'datadog', site: 'datadoghq.eu' });
  const ofSentinel = of({
    type: 'sentinel',
    url: 'https://audit.ingest.monitor.azure.com',
    rule: `dcr-${'0'.repeat(32)}`,
    stream: 'Custom-Audit',
    tenant: id,
    client: id,
  });
  const ofOtlp = of({ type: 'otlp', url: 'https://otlp.acme.example/v1/logs' });
  const ofSyslog = of({ type: 'syslog', host: 'syslog.acme.example' });
  const ofLake = of({
    type: 'security-lake',
    bucket: 'one-lake',
    prefix: 'ext/strongroom/1.0',
    role: role('lake'),
    externalId: 'one',
  });
  return {
    ...ofSplunk('type', ['splunk-hec', 'elasticsearch'], fixed('widens')),
    [`${name}.name`]: key([...at, '0', 'name'], ['one', 'two'], fixed('widens'), [[at, [{ ...splunk, name: 'one' }]]]),
    ...ofSplunk('view', ['ecs', 'cim'], silent),
    ...ofSplunk('events', [['GetSecretValue'], ['Rotation*']], ['widens', 'widens', 'narrows']),
    ...ofSplunk('minimumSeverity', ['low', 'high'], ['widens', 'widens', 'narrows']),
    ...ofSplunk('raw', [false, true], ['widens', 'widens', 'nothing']),
    ...ofSplunk('url', [splunk.url, 'https://other.example'], fixed('widens')),
    ...ofSplunk('index', ['aws_secrets', 'other'], fixed('widens')),
    ...ofSplunk('sourceType', ['ocsf:one', 'ocsf:two'], widening),
    ...ofElastic('login', ['api-key', 'password'], ['widens', 'widens', 'nothing']),
    ...ofDatadog('site', ['datadoghq.eu', 'datadoghq.com'], fixed('widens')),
    ...ofDatadog('service', ['one', 'two'], widening),
    ...ofDatadog('tags', [['team:one'], ['team:two']], widening),
    ...ofSentinel('rule', [`dcr-${'0'.repeat(32)}`, `dcr-${'1'.repeat(32)}`], fixed('widens')),
    ...ofSentinel('stream', ['Custom-One', 'Custom-Two'], fixed('widens')),
    ...ofSentinel('tenant', [id, otherId], fixed('widens')),
    ...ofSentinel('client', [id, otherId], fixed('widens')),
    ...ofSentinel(
      'authority',
      ['https://login.microsoftonline.us', 'https://login.partner.microsoftonline.cn'],
      widening,
    ),
    ...ofOtlp('header', ['x-one', 'x-two'], widening),
    ...ofSyslog('host', ['one.example', 'two.example'], fixed('widens')),
    ...ofSyslog('port', [1514, 2514], widening),
    ...ofSyslog('facility', [10, 11], widening),
    ...ofSyslog('clientCertificate', [true, false], ['widens', 'nothing', 'widens']),
    ...ofLake('bucket', ['one-lake', 'other-lake'], fixed('widens')),
    ...ofLake('region', ['eu-central-1', 'eu-west-2'], widening),
    ...ofLake('prefix', ['ext/one/1.0', 'ext/two/1.0'], fixed('widens')),
    ...ofLake('role', [role('lake'), role('other')], fixed('widens')),
    ...ofLake('externalId', ['one', 'two'], fixed('widens')),
  };
}

/** By the key as the schema has it. */
export const applicationEffects: Readonly<Record<string, readonly Try[]>> = {
  application: key(app('application'), ['payments', 'payments'], fixed('nothing')),
  tags: key(app('tags'), [{ CostCenter: '1' }, { CostCenter: '2' }], silent),
  'tags.*': key(app('tags', 'CostCenter'), ['1', '2'], silent, [[app('tags', 'Team'), 'a']]),
  owner: key(app('owner'), ['team-payments', 'other'], fixed('nothing')),
  contact: key(app('contact'), ['oncall', 'other'], fixed('widens')),
  environments: key(
    app('environments'),
    [['prod'], ['dev', 'prod']],
    ['widens', 'nothing', 'widens'],
    inAllEnvironments,
  ),
  rotation: key(app('rotation'), [{ network: 'data' }, { network: 'other' }], widening, inNetworks),
  'rotation.network': key(app('rotation', 'network'), ['data', 'other'], widening, inNetworks),
  'consumers.*': key(
    consumer('api'),
    [consumers.api, { runsOn: 'lambda' }],
    ['widens', 'widens', 'narrows'],
    [
      [secret('token', 'readers'), []],
      ...(['orders-db', 'host-db', 'cache', 'iam-db'] as const).map((name) => [secret(name, 'readers'), []] as const),
    ],
  ),
  'consumers.*.runsOn': key(consumer('api', 'runsOn'), ['ecs', 'lambda'], fixed('widens')),
  'consumers.*.cluster': key(consumer('pods', 'cluster'), ['shop', 'other'], fixed('widens')),
  'consumers.*.namespace': key(consumer('pods', 'namespace'), ['shop', 'other'], fixed('widens')),
  'consumers.*.serviceAccount': key(consumer('irsa', 'serviceAccount'), ['batch', 'other'], fixed('widens')),
  'consumers.*.issuer': key(consumer('gitlab', 'issuer'), ['gitlab.com', 'other.example'], fixed('widens')),
  'consumers.*.audience': key(consumer('gitlab', 'audience'), ['aws', 'other'], fixed('widens')),
  'consumers.*.subject': key(consumer('gitlab', 'subject'), ['project_path:a/b', 'project_path:c/d'], fixed('widens')),
  'consumers.*.subject.commonName': key(
    consumer('backup', 'subject', 'commonName'),
    ['backup-1', 'backup-2'],
    fixed('widens'),
  ),
  'consumers.*.subject.organization': key(consumer('backup', 'subject', 'organization'), ['Acme', 'Other'], widening),
  'consumers.*.subject.organizationalUnit': key(
    consumer('backup', 'subject', 'organizationalUnit'),
    ['One', 'Two'],
    widening,
  ),
  'consumers.*.repository': key(consumer('ci', 'repository'), ['acme/shop', 'acme/other'], fixed('widens')),
  'consumers.*.environment': key(consumer('ci', 'environment'), ['production', 'test'], fixed('widens'), [
    [consumer('ci', 'branch'), undefined],
  ]),
  'consumers.*.branch': key(consumer('ci', 'branch'), ['main', 'other'], fixed('widens')),
  'consumers.*.tag': key(consumer('ci', 'tag'), ['v1', 'v2'], fixed('widens'), [[consumer('ci', 'branch'), undefined]]),
  'consumers.*.trustAnchor': key(
    consumer('backup', 'trustAnchor'),
    ['1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d', 'ffffffff-5e6f-4a7b-8c9d-0e1f2a3b4c5d'],
    fixed('widens'),
  ),
  'consumers.*.session': key(consumer('backup', 'session'), ['30m', '12h'], widening),
  'consumers.*.permissionSet': key(consumer('people', 'permissionSet'), ['Support', 'Everyone'], fixed('widens')),
  'consumers.*.role': key(consumer('legacy', 'role'), ['legacy', 'other'], fixed('widens')),
  'consumers.*.account': key(consumer('partner', 'account'), ['777788889999', '666655554444'], widening),
  'consumers.*.network': [
    {
      at: consumer('api', 'network'),
      from: undefined,
      to: 'any',
      effect: 'widens',
      given: [[prod('fences', 'vpcs'), vpc]],
    },
    {
      at: consumer('api', 'network'),
      from: 'any',
      to: undefined,
      effect: 'narrows',
      given: [[prod('fences', 'vpcs'), vpc]],
    },
  ],
  'consumers.*.reads': [
    { at: consumer('api', 'reads'), from: undefined, to: 'by-version', effect: 'widens', given: [] },
    { at: consumer('api', 'reads'), from: 'by-version', to: undefined, effect: 'narrows', given: [] },
  ],
  'secrets.*': key(
    secret('cache'),
    [secrets.cache, { ...secrets.cache, host: 'other.acme.example' }],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.class': key(secret('token', 'class'), ['generic', 'api-key'], fixed('nothing'), [
    [secret('token', 'rotation'), 'manual'],
    [secret('token', 'exception'), exception],
  ]),
  'secrets.*.description': key(secret('token', 'description'), ['one', 'two'], silent),
  'secrets.*.sensitivity': key(secret('token', 'sensitivity'), ['high', 'standard'], ['widens', 'nothing', 'widens']),
  'secrets.*.name': key(
    secret('token', 'name'),
    ['AmazonMSK_token', 'AmazonMSK_other'],
    ['widens', 'widens', 'widens'],
  ),
  'secrets.*.value': key(secret('token', 'value'), ['generated', 'supplied'], ['widens', 'nothing', 'widens']),
  'secrets.*.generate': key(secret('token', 'generate'), [{ length: 32 }, { length: 40 }], silent, [
    [secret('token', 'value'), 'generated'],
  ]),
  'secrets.*.generate.template': key(
    secret('token', 'generate', 'template'),
    [{ username: 'app' }, { username: 'other' }],
    ['nothing', 'refused', 'refused'],
    generatedJson,
  ),
  'secrets.*.generate.template.*': key(
    secret('token', 'generate', 'template', 'username'),
    ['app', 'other'],
    silent,
    generatedJson,
  ),
  'secrets.*.generate.key': key(
    secret('token', 'generate', 'key'),
    ['password', 'text'],
    ['nothing', 'refused', 'refused'],
    generatedJson,
  ),
  'secrets.*.generate.length': key(secret('token', 'generate', 'length'), [32, 40], silent, generatedJson),
  'secrets.*.generate.exclude': key(secret('token', 'generate', 'exclude'), ['@', '/'], silent, generatedJson),
  'secrets.*.readers': key(secret('cache', 'readers'), [['api'], ['api', 'pods']], fixed('widens')),
  'secrets.*.pendingReaders': key(
    secret('host-db', 'pendingReaders'),
    [['api'], ['api', 'pods']],
    ['widens', 'widens', 'narrows'],
    [[secret('host-db', 'readers'), ['api', 'pods']]],
  ),
  'secrets.*.sharedWith': agreedKey(
    secret('cache', 'sharedWith'),
    [{ billing: ['api'] }, { billing: ['report'] }],
    usedByBilling,
  ),
  'secrets.*.sharedWith.*': agreedKey(secret('cache', 'sharedWith', 'billing'), [['api'], ['report']], usedByBilling),
  'uses.*': agreedKey(use(), [cacheOf(['api']), cacheOf(['report'])], sharedWithBilling),
  'uses.*.application': agreedKey(use('application'), ['payments', 'other'], agreed),
  'uses.*.secret': agreedKey(use('secret'), ['cache', 'token'], agreed),
  'uses.*.readers': agreedKey(use('readers'), [['api'], ['report']], agreed),
  'secrets.*.replicas': key(
    secret('token', 'replicas'),
    [['eu-north-1'], ['eu-central-1']],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.adopt': key(
    secret('token', 'adopt'),
    [{ arn: arn('legacy/token-AbCdEf') }, { arn: arn('other/token-AbCdEf') }],
    widening,
    [[secret('token', 'readers'), ['api']]],
  ),
  'secrets.*.adopt.arn': key(
    secret('old', 'adopt', 'arn'),
    [arn('legacy/old-AbCdEf'), arn('legacy/old-GhIjKl')],
    fixed('widens'),
  ),
  'secrets.*.adopt.key': key(secret('old', 'adopt', 'key'), [keyArn('1'), keyArn('2')], widening),
  'secrets.*.engine': key(secret('host-db', 'engine'), ['postgres', 'mysql'], fixed('widens')),
  'secrets.*.host': key(secret('host-db', 'host'), ['db.acme.example', 'other.acme.example'], fixed('widens')),
  'secrets.*.host.rds': key(secret('orders-db', 'host', 'rds'), ['orders', 'other'], fixed('widens')),
  'secrets.*.host.rdsCluster': key(secret('orders-db', 'host', 'rdsCluster'), ['orders', 'other'], fixed('widens'), [
    [secret('orders-db', 'host', 'rds'), undefined],
  ]),
  'secrets.*.port': key(secret('host-db', 'port'), [5433, 5434], widening),
  'secrets.*.dbname': key(secret('host-db', 'dbname'), ['orders', 'other'], fixed('widens')),
  'secrets.*.username': key(secret('host-db', 'username'), ['host_app', 'other'], fixed('widens')),
  'secrets.*.userId': key(secret('cache', 'userId'), ['cache-app', 'other-app'], widening, [
    [secret('cache', 'username'), 'cacheapp'],
  ]),
  'secrets.*.tls': key(
    secret('host-db', 'tls'),
    [{ serverName: 'one.acme.example' }, 'disable'],
    widening,
    withException,
  ),
  'secrets.*.tls.serverName': key(
    secret('host-db', 'tls', 'serverName'),
    ['one.acme.example', 'two.acme.example'],
    fixed('widens'),
    hostTls,
  ),
  'secrets.*.access': [
    { at: secret('iam-db'), from: undefined, to: secrets['iam-db'], effect: 'widens', given: [] },
    { at: secret('iam-db', 'access'), from: 'iam', to: undefined, effect: 'refused', given: [] },
  ],
  'secrets.*.resourceId': key(
    secret('iam-db', 'resourceId'),
    ['db-ABCDEFGHIJKL01234', 'db-ZZZZZZZZZZZZ01234'],
    fixed('widens'),
  ),
  'secrets.*.readReplicas': key(
    secret('host-db', 'readReplicas'),
    [['one.acme.example'], ['two.acme.example']],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.rotation': key(secret('host-db', 'rotation'), [{ every: '7d' }, 'manual'], widening, withException),
  'secrets.*.rotation.strategy': key(
    secret('orders-db', 'rotation', 'strategy'),
    ['single-user', 'alternating-users'],
    ['widens', 'widens', 'nothing'],
  ),
  'secrets.*.rotation.network': key(secret('cache', 'rotation', 'network'), ['data', 'other'], widening, inNetworks),
  'secrets.*.rotation.every': key(
    secret('orders-db', 'rotation', 'every'),
    ['7d', '20d'],
    ['widens', 'narrows', 'widens'],
  ),
  'secrets.*.rotation.function': key(
    secret('token', 'rotation', 'function'),
    [lambda('rotate'), lambda('rotate:live')],
    fixed('widens'),
    [[secret('token', 'rotation'), { role: role('rotate'), every: '7d' }]],
  ),
  'secrets.*.rotation.role': key(
    secret('token', 'rotation', 'role'),
    [role('rotate'), role('other')],
    fixed('widens'),
    [[secret('token', 'rotation'), { function: lambda('rotate'), every: '7d' }]],
  ),
  'secrets.*.rotation.host': key(
    secret('host-db', 'rotation', 'host'),
    ['writer.acme.example', 'other.acme.example'],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.rotation.host.rds': key(
    secret('host-db', 'rotation', 'host'),
    [{ rds: 'orders' }, { rds: 'other' }],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.rotation.host.rdsCluster': key(
    secret('host-db', 'rotation', 'host'),
    [{ rdsCluster: 'orders' }, { rdsCluster: 'other' }],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.rotation.port': key(secret('host-db', 'rotation', 'port'), [5433, 5434], widening, [
    [secret('host-db', 'rotation', 'host'), 'writer.acme.example'],
  ]),
  'secrets.*.rotation.window': key(
    secret('orders-db', 'rotation', 'window'),
    ['02:00-04:00 UTC', 'Sun 02:00-04:00 UTC'],
    silent,
  ),
  'secrets.*.rotation.grace': key(
    secret('orders-db', 'rotation', 'grace'),
    ['6h', '12h'],
    ['widens', 'narrows', 'widens'],
    [[secret('orders-db', 'rotation'), alternating]],
  ),
  'secrets.*.rotation.admin': key(
    secret('host-db', 'rotation', 'admin'),
    ['host-admin', 'other-admin'],
    ['widens', 'widens', 'narrows'],
    [
      [secret('host-db', 'rotation'), {}],
      [secret('other-admin'), { ...secrets['host-admin'], username: 'admin2' }],
    ],
  ),
  'secrets.*.rotation.admin.managedBy': key(
    secret('orders-db', 'rotation', 'admin', 'managedBy'),
    ['rds', 'rds'],
    fixed('nothing'),
  ),
  'secrets.*.rotation.provision': key(
    secret('orders-db', 'rotation', 'provision'),
    [{ grants: { app: 'read-only' } }, { grants: { app: 'read-write' } }],
    ['widens', 'widens', 'narrows'],
  ),
  'secrets.*.rotation.provision.grants': key(
    secret('orders-db', 'rotation', 'provision', 'grants'),
    [{ app: 'read-only' }, { other: 'read-only' }],
    fixed('widens'),
    provisioned({ app: 'read-only' }),
  ),
  'secrets.*.rotation.provision.grants.*': [
    ...key(
      secret('orders-db', 'rotation', 'provision', 'grants', 'app'),
      ['read-only', 'read-write'],
      ['widens', 'widens', 'narrows'],
      provisioned({ app: 'read-only', other: 'read-only' }),
    ),
    ...key(
      secret('orders-db', 'rotation', 'provision', 'grants', 'app'),
      ['read-write', 'migrate'],
      ['widens', 'widens', 'narrows'],
      provisioned({ app: 'read-only', other: 'read-only' }),
    ),
    ...key(
      secret('orders-db', 'rotation', 'provision', 'grants', 'app'),
      ['migrate', 'read-write'],
      ['narrows', 'widens', 'narrows'],
      provisioned({ app: 'read-only', other: 'read-only' }),
    ),
  ],
  'secrets.*.exception': key(secret('token', 'exception'), [exception, { ...exception, reason: 'other' }], silent),
  // What is weaker than the class is told where it becomes so.
  ...Object.fromEntries(
    (
      [
        ['reason', ['one', 'two']],
        ['approvedBy', ['one', 'two']],
        ['until', ['2027-01-31', '2027-03-31']],
      ] as const
    ).map(([name, values]) => [
      `secrets.*.exception.${name}`,
      key(secret('token', 'exception', name), values, fixed('nothing'), [[secret('token', 'exception'), exception]]),
    ]),
  ),
};
