import { describe, expect, it } from 'vitest';

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

const ids = (digit: string): string => {
  const id = digit.repeat(17);
  return `{ vpc: vpc-${id}, subnets: [subnet-${id}], securityGroups: [sg-${id}] }`;
};
const network = (digit: string) => {
  const id = digit.repeat(17);
  return { vpc: `vpc-${id}`, subnets: [`subnet-${id}`], securityGroups: [`sg-${id}`] };
};

/** The organisation with lines under `prod`. */
const organisation = (...lines: string[]): string =>
  organisationYaml.replace('  prod:\n', `  prod:\n${lines.map((line) => `    ${line}\n`).join('')}`);
const admin = (more = ''): string => `    rotation: { admin: { managedBy: rds }${more} }\n`;
const payments = (rotation = admin(), head = paymentsHead): string => `${head}${ordersDb}${rotation}`;
const ofFile = (lines: string): string => paymentsHead.replace('consumers:', `${lines}\nconsumers:`);

const prodOf = (organisationText: string, paymentsText = payments()) => {
  const folder = catalogFolder({ 'organisation.yaml': organisationText, 'payments.yaml': paymentsText });
  const [, prod] = loadCatalog(folder, { today }).environments;
  const [secret] = prod!.applications[0]!.secrets;
  const { network: own, networks, lacksDefaultNetwork } = prod!;
  return { own, networks, lacksDefaultNetwork, rotation: secret!.rotation };
};

describe('networks of an environment', () => {
  it('are one, as before, where only network is written', () => {
    const { own, networks, lacksDefaultNetwork, rotation } = prodOf(organisation(`network: ${ids('a')}`));
    expect([own, networks, lacksDefaultNetwork]).toEqual([network('a'), undefined, undefined]);
    expect(rotation).not.toHaveProperty('network');
  });

  it.each([
    ['network, and others', [`network: ${ids('a')}`, `networks: { data: ${ids('b')} }`]],
    ['default among others', [`networks: { default: ${ids('a')}, data: ${ids('b')} }`]],
  ])('have a default one, by %s', (_form, lines) => {
    expect(prodOf(organisation(...lines))).toMatchObject({
      own: network('a'),
      networks: [{ name: 'data', network: network('b') }],
    });
  });

  it('may have functions outside a VPC, in the default network and in others', () => {
    expect(prodOf(organisation(`networks: { default: none, data: ${ids('b')}, public: none }`))).toMatchObject({
      own: undefined,
      lacksDefaultNetwork: undefined,
      networks: [{ name: 'data', network: network('b') }, { name: 'public' }],
    });
  });

  it('give the id of what is named by an ARN of the environment’s own account', () => {
    const arns = ids('b').replace(/vpc-b/, 'arn:aws:ec2:eu-west-1:444455556666:vpc/vpc-b');
    expect(prodOf(organisation(`networks: { default: none, data: ${arns} }`)).networks).toEqual([
      { name: 'data', network: network('b') },
    ]);
  });
});

describe('the network of a secret', () => {
  const both = [`network: ${ids('a')}`, `networks: { data: ${ids('b')}, other: ${ids('c')} }`];
  const inProd = (text: string): string => text.replace('contact: oncall', 'contact: oncall\nenvironments: [prod]');

  it.each([
    ['its own', payments(admin(', network: data')), 'data'],
    ['that of its file', payments(admin(), ofFile('rotation: { network: data }')), 'data'],
    [
      'its own before that of its file',
      payments(admin(', network: other'), ofFile('rotation: { network: data }')),
      'other',
    ],
    [
      'the default one, by name',
      payments(admin(', network: default'), ofFile('rotation: { network: data }')),
      undefined,
    ],
  ])('is %s', (_form, text, expected) => {
    const { rotation } = prodOf(organisation(...both), inProd(text));
    expect(rotation.kind === 'automatic' ? rotation.network : 'none').toBe(expected);
  });

  it('is another in an environment, for a secret and for a file', () => {
    const overrides = (lines: string): string => `overrides:\n  prod:\n${lines}`;
    const secret = payments() + overrides('    secrets: { orders-db: { rotation: { network: data } } }\n');
    const file = payments() + overrides('    rotation: { network: other }\n');
    expect(prodOf(organisation(...both), secret).rotation).toMatchObject({ network: 'data' });
    expect(prodOf(organisation(...both), file).rotation).toMatchObject({ network: 'other' });
  });

  const where = (text: string): { text: string; place: string } => {
    const { text: unmarked, place } = marked(inProd(text));
    return { text: unmarked, place };
  };

  it.each([
    [
      'a name that the environment does not have',
      payments(admin(', network: ‸dat')),
      'secrets.orders-db.rotation.network must be a network of environment prod, which has default, data and other ' +
        '(got dat); did you mean data?',
    ],
    [
      'such a name for a whole file',
      payments(admin(), ofFile('rotation: { network: ‸lake }')),
      'rotation.network must be a network of environment prod, which has default, data and other (got lake); write one ' +
        'of default, data, other',
    ],
    [
      'an admin that the function of another network reads',
      `${payments('    rotation: { admin: ‸root, network: data }\n').replace('{ rds: orders }', 'db.acme.example')}  root:
    { class: database, engine: postgres, host: db.acme.example, dbname: orders, username: root, readers: [], value: supplied }
`,
      'secrets.orders-db.rotation.admin must be reached from the same network (got root, which the function of network ' +
        'default reads for root; this secret is in network data); write one network in both',
    ],
    [
      'a secret that a function of the organisation’s own rotates',
      `${paymentsHead}  token:
    class: api-key
    readers: [api]
    rotation:
      function: arn:aws:lambda:eu-west-1:444455556666:function:rotate
      role: arn:aws:iam::444455556666:role/rotate
      every: 30d
      ‸network: data
`,
      'secrets.token.rotation.network is for class database only: no strategy rotates another class by itself; ' +
        'leave it out, and write rotation: manual, or a function of your own: { function: ARN, role: ARN }',
    ],
  ])('is refused for %s', (_what, text, problem) => {
    const { text: unmarked, place } = where(text);
    expect(problemsOf({ 'organisation.yaml': organisation(...both), 'payments.yaml': unmarked })).toEqual([
      `payments.yaml:${place} ${problem}`,
    ]);
  });

  it('is asked for where the environment has no default network', () => {
    const files = {
      'organisation.yaml': organisation(`networks: { data: ${ids('b')} }`),
      'payments.yaml': inProd(payments()),
    };
    expect(problemsOf(files)).toEqual([
      'payments.yaml:16:5 secrets.orders-db.rotation.network is missing: environment prod has no default network; write ' +
        'data, or, for functions outside a VPC, default: none under its networks',
    ]);
    const named = { ...files, 'payments.yaml': inProd(payments(admin(', network: data'))) };
    expect(problemsOf(named)).toEqual([]);
  });

  it('must be there in every environment that the file is in', () => {
    const files = { 'organisation.yaml': organisation(...both), 'payments.yaml': payments(admin(', network: data')) };
    expect(problemsOf(files)).toEqual([
      'payments.yaml:15:53 secrets.orders-db.rotation.network must be a network of environment dev, which has default ' +
        '(got data); write default',
    ]);
  });
});

describe('a network is refused', () => {
  it.each([
    [
      'twice the default one',
      [`network: ${ids('a')}`, `networks: { ‸default: ${ids('b')} }`],
      'environments.prod.networks.default is the same as network, which is set too; write one of them',
    ],
    [
      'of another account',
      [
        `networks: { default: none, data: ${ids('b').replace('vpc-b', '‸arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-b')} }`,
      ],
      `environments.prod.networks.data.vpc must be in account 444455556666 and region eu-west-1 of the environment (got ` +
        `arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-${'b'.repeat(17)}): a function runs in a VPC of its own account and ` +
        'region; connect the two VPCs, by peering or a transit gateway, and write the one of the environment. Write a ' +
        'subnet that another account shares with yours by its id',
    ],
    [
      'whose functions have too long names',
      [`networks: { default: none, ‸${'n'.repeat(28)}: none }`],
      `environments.prod.networks.${'n'.repeat(28)} makes a function of 65 characters, and AWS allows 64 (got ` +
        `strongroom-prod-rotation-elasticache-${'n'.repeat(28)}); write 1 fewer`,
    ],
    [
      'without a name that AWS takes',
      ['networks: { default: none, ‸Data_1: none }'],
      'environments.prod.networks.Data_1 must be a name of lower-case letters, digits and single hyphens that starts ' +
        'with a letter (got Data_1); write a name such as orders-db',
    ],
    [
      'that is neither a mapping nor none',
      ['networks: { default: none, data: ‸public }'],
      'environments.prod.networks.data must be none or a mapping of vpc, subnets and securityGroups (got public); write ' +
        'vpc, subnets and securityGroups, or none for functions outside a VPC',
    ],
  ])('%s', (_what, lines, problem) => {
    const { text, place } = marked(organisation(...lines));
    expect(problemsOf({ 'organisation.yaml': text, 'payments.yaml': payments() })).toEqual([
      `organisation.yaml:${place} ${problem}`,
    ]);
  });

  it('where the role of its function is that of a consumer', () => {
    const text = organisationYaml
      .replaceAll('  dev:', '  strongroom:')
      .replaceAll('111122223333', '444455556666')
      .replace('  prod:\n', '  prod:\n    networks: { default: none, data: none }\n');
    const head = `application: prod\nowner: team\ncontact: oncall\nconsumers:\n  rotation-postgres-data: { runsOn: ecs }\nsecrets:\n`;
    const files = { 'organisation.yaml': text, 'prod.yaml': `${head}  key: { class: generic, readers: [] }\n` };
    expect(problemsOf(files).join('\n')).toContain(
      'makes the role strongroom-prod-rotation-postgres-data, which is that of Strongroom itself too; choose another name',
    );
  });
});
