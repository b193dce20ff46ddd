/** `strongroom validate --iam`: what the catalog names in IAM is there, or each sentence says where it is named. */
import { describe, expect, it } from 'vitest';

import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, organisationYaml } from '../../_helpers/catalog-folder.ts';

const account = '111122223333';
const iam = `arn:aws:iam::${account}`;

const payments = `application: payments
owner: team-payments
contact: oncall
consumers:
  api: { runsOn: ecs }
  report: { role: reporting/nightly-report }
  deploy: { runsOn: github, repository: acme/shop, branch: main }
  batch: { runsOn: eks-irsa, issuer: oidc.eks.eu-west-1.amazonaws.com/id/ACME, namespace: shop, serviceAccount: batch }
  partner: { account: '999988887777', role: partner }
secrets:
  token: { class: generic, readers: [api, report, deploy, batch, partner] }
overrides:
  dev:
    consumers: { report: { role: nightly-report-of-dev } }
`;

const files = {
  'organisation.yaml': organisationYaml.replaceAll(
    / {4}region: .*\n/g,
    (line) => `${line}    fences: { organization: o-a1b2c3d4e5, permissionsBoundary: workload-boundary }\n`,
  ),
  'payments.yaml': payments,
};

/** Everything that dev names in its own account. */
const named = [
  `${iam}:role/break-glass`,
  `${iam}:role/operator`,
  `${iam}:policy/workload-boundary`,
  `${iam}:role/nightly-report-of-dev`,
  `${iam}:oidc-provider/token.actions.githubusercontent.com`,
  `${iam}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ACME`,
];

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** Runs it where IAM has these. */
const validate = async (has: readonly string[], args: readonly string[] = ['--iam', 'dev'], of = account) => {
  const folder = catalogFolder(files);
  const asked: string[] = [];
  let closed = 0;
  const captured = await strongroom(['validate', '--catalog', folder, ...args], {
    iam: (region) => {
      asked.push(region);
      return Promise.resolve({
        whoAmI: () => Promise.resolve({ account: of, arn: `arn:aws:iam::${of}:user/me` }),
        find: (_kind, arn) => {
          asked.push(arn);
          return Promise.resolve(has.find((one) => nameIn(one) === nameIn(arn)));
        },
        close: () => {
          closed += 1;
        },
      });
    },
  });
  const lines = captured.stderr.replaceAll(`${folder}/`, '').trimEnd().split('\n');
  return { ...captured, lines, asked, closed };
};

describe('strongroom validate --iam', () => {
  it('asks once for each that the environment names in its account, and says how many are there', async () => {
    const { exitCode, stdout, stderr, asked, closed } = await validate(named);
    expect({ exitCode, stderr, closed }).toEqual({ exitCode: 0, stderr: '', closed: 1 });
    expect(asked.toSorted()).toEqual(['eu-west-1', ...named].toSorted());
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`IAM of account ${account} has all 6 that dev names.`);
  });

  it('gives the same as JSON', async () => {
    const { stdout } = await validate(named, ['--iam', 'dev', '--json']);
    const { valid, inIam } = JSON.parse(stdout) as { valid: boolean; inIam: { found: string[] } };
    expect({ valid, inIam: { ...inIam, found: inIam.found.toSorted() } }).toEqual({
      valid: true,
      inIam: { environment: 'dev', account, found: named.toSorted() },
    });
  });

  it('names the place of each that is not there, and what to do', async () => {
    const { exitCode, stdout, lines, closed } = await validate([]);
    const missing = (what: string, arn: string) =>
      `${what} that account ${account} does not have (got ${arn}); make it before you deploy, or write one that exists [not-in-iam]`;
    expect(lines).toEqual([
      `organisation.yaml:6:64 environments.dev.fences.permissionsBoundary names a ${missing('managed policy', named[2]!)}`,
      `organisation.yaml:7:18 environments.dev.breakGlass[0] names a ${missing('role', named[0]!)}`,
      `organisation.yaml:8:17 environments.dev.operators[0] names a ${missing('role', named[1]!)}`,
      `payments.yaml:7:21 consumers.deploy.runsOn names an ${missing('identity provider', named[4]!)}`,
      `payments.yaml:8:38 consumers.batch.issuer names an ${missing('identity provider', named[5]!)}`,
      `payments.yaml:14:34 overrides.dev.consumers.report.role names a ${missing('role', named[3]!)}`,
      '6 problems in 2 files',
    ]);
    expect({ exitCode, stdout, closed }).toEqual({ exitCode: 2, stdout: '', closed: 1 });
  });

  it('finds a role that has another path: policies compare the whole ARN', async () => {
    const moved = `${iam}:role/reporting/nightly-report-of-dev`;
    const { exitCode, lines } = await validate([...named.filter((arn) => !arn.includes('nightly')), moved]);
    expect(lines).toEqual([
      'payments.yaml:14:34 overrides.dev.consumers.report.role names a role under another path than it has ' +
        `(got ${named[3]}); write ${moved} [not-in-iam]`,
      '1 problem in 1 file',
    ]);
    expect(exitCode).toBe(2);
  });

  it('asks nothing under credentials of another account', async () => {
    const { exitCode, lines, asked, closed } = await validate([], ['--iam', 'dev'], '444455556666');
    expect(lines).toEqual([
      'error: these credentials are of account 444455556666 (arn:aws:iam::444455556666:user/me), and dev is in ' +
        `${account}: use a profile of that account`,
    ]);
    expect({ exitCode, asked, closed }).toEqual({ exitCode: 2, asked: ['eu-west-1'], closed: 1 });
  });

  it('refuses an environment that the catalog does not have', async () => {
    const { exitCode, lines, asked } = await validate([], ['--iam', 'dve']);
    expect(lines).toEqual(['error: --iam dve: the catalog has no such environment; did you mean dev?']);
    expect({ exitCode, asked }).toEqual({ exitCode: 2, asked: [] });
  });

  it('asks nobody where it is not wanted', async () => {
    const { exitCode, asked } = await validate([], []);
    expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: [] });
  });
});
