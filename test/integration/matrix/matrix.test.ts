/** A sample of the matrix, asked of what the real CDK command deploys: each request under the very role's credentials. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeKeyCommand, GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretActions } from '../../../lib/access/actions.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { keyAlias } from '../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { cdk } from '../../../local/cdk.ts';
import { localOrganizationId } from '../../../local/gateway/authorization/principal.ts';
import { foreignAccount, type Matrix, matrixOf } from '../../infra/access/matrix/cells.ts';
import { accountInWords, inWords } from '../../infra/access/matrix/compare.ts';
import { account, administratorOf, allow, clientsWith, policy, region } from '../local/gateway-core/local-aws.ts';
import { allowEverything, deployForOthers, identities, isAsked, makeRolesOfOthers } from './actors.ts';
import { type Asking, createAsking, isUndone } from './ask.ts';
import { vpcEndpoints, writeCatalog } from './organisation.ts';
import { type AccountCell, type Cell, cellsOf, type Sample, stratified } from './sample.ts';

/** Another seed asks other cells: `STRONGROOM_SEED=7 npx vitest run --project integration test/integration/matrix`. */
const seed = Number(process.env['STRONGROOM_SEED'] ?? 20261121);
const { signal } = new AbortController();

let folder: string;
let aws: LocalAws;
/** To which every account belongs for the time being. */
let organization: string | undefined = localOrganizationId;
let matrix: Matrix;
let sample: Sample;
let asking: Asking;
const defects: unknown[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-matrix-'));
  const [directory, assembly] = [join(folder, 'catalog'), join(folder, 'cdk.out')];
  await mkdir(directory);
  aws = await startLocalAws({
    accounts: [account, foreignAccount],
    region,
    vpcEndpoints,
    organizationOf: () => organization,
    // There is no database: what rotates fails at once.
    retry: { attempts: 1, delayMs: () => 0 },
    onDefect: (error) => defects.push(error),
  });
  const { ARN: adopted = '' } = await administratorOf(aws).secrets.send(
    new CreateSecretCommand({ Name: 'legacy/token', SecretString: 'canary' }),
  );
  await writeCatalog(directory, adopted);
  const environment = { ...aws.accounts[account]!.env, TMPDIR: folder };
  const prepared = Promise.all([
    cdk(['bootstrap', `aws://${account}/${region}`], { environment, cwd: folder, signal }),
    cdk(['synth', '--quiet', '-c', `catalog=${directory}`, '--output', assembly], { signal }),
  ]);
  matrix = matrixOf(loadCatalog(directory));
  await makeRolesOfOthers(aws, matrix.principals);
  sample = stratified(matrix, { seed, bound: 200_000 });
  await prepared;
  await cdk(
    ['deploy', 'dev/*', 'prod/*', '--app', assembly, '--require-approval', 'never', '--concurrency', '6'].concat(
      '--output',
      join(folder, 'deployed'),
    ),
    { environment, signal },
  );
  await deployForOthers(aws, matrix.principals, directory);
  asking = await createAsking(aws, matrix.secrets, await identities(aws, matrix.principals));
});

afterAll(async () => {
  await aws.stop();
  await rm(folder, { recursive: true, force: true });
  expect(defects).toEqual([]);
  asking.close();
});

/** What is not as the catalog says, in words. */
const differencesIn = async (cells: readonly Cell[]): Promise<string[]> => {
  const compared = async ({ request, expected }: Cell): Promise<string[]> => {
    const actual = await asking.ask(request);
    return actual === expected ? [] : [inWords(request, expected, actual)];
  };
  // What is written makes the gateway read all policies again, so it comes last.
  const parallel = cells
    .filter(({ request }) => !isUndone(request))
    .toSorted((a, b) => Number(isWritten(a)) - Number(isWritten(b)));
  const differences = await inParallel(parallel, compared);
  for (const cell of cells.filter(({ request }) => isUndone(request))) differences.push(...(await compared(cell)));
  return differences;
};

const accountDifferencesIn = (cells: readonly AccountCell[]): Promise<string[]> =>
  inParallel(cells, async ({ request, expected }) => {
    const actual = await asking.askForAccount(request);
    return actual === expected ? [] : [accountInWords(request, expected, actual)];
  });

const inParallel = async <One>(all: readonly One[], compare: (one: One) => Promise<string[]>): Promise<string[]> => {
  const differences: string[] = [];
  const left = all.values();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const one of left) differences.push(...(await compare(one)));
    }),
  );
  return differences;
};

const isWritten = ({ request: { action } }: Cell): boolean => !/:(Get|List|Describe|Validate|BatchGet)/.test(action);

describe('what is deployed', () => {
  it('allows and denies what the catalog declares, to whoever asks', async () => {
    const differences: string[] = [];
    for (const own of ['nothing', 'everything'] as const) {
      if (own === 'everything') await allowEverything(aws, matrix.principals);
      const cells = sample.cells.filter(({ request }) => request.principal.own === own);
      for (const one of new Set(cells.map(({ request }) => request.circumstances.organizationId))) {
        organization = one;
        differences.push(
          ...(await differencesIn(cells.filter(({ request }) => request.circumstances.organizationId === one))),
        );
      }
      organization = localOrganizationId;
      differences.push(
        ...(await accountDifferencesIn(sample.accountCells.filter(({ request }) => request.principal.own === own))),
      );
    }
    const allowed = sample.cells.filter(({ expected }) => expected === 'allowed').length;
    console.log(
      `live, seed ${seed}: ${sample.cells.length} cells, ${allowed} allowed, ${sample.cells.length - allowed} denied, ` +
        `and ${sample.accountCells.length} of accounts, ${differences.length} differences; of ${sample.drawn.toLocaleString('en')} drawn left out ` +
        [...sample.leftOut].map(([why, count]) => `${count.toLocaleString('en')} ${why}`).join(', '),
    );

    expect(differences).toEqual([]);
  });

  it('is asked by everybody, for everything, and is asked enough', () => {
    const asked = (of: (cell: Cell) => string) => new Set(sample.cells.map(of));

    expect(asked(({ request: { principal } }) => `${principal.arn} ${principal.own}`)).toEqual(
      new Set(matrix.principals.filter(isAsked).map(({ arn, own }) => `${arn} ${own}`)),
    );
    expect(asked(({ request: { secret } }) => secret.fullName)).toEqual(
      new Set(matrix.secrets.map(({ fullName }) => fullName)),
    );
    expect([...asked(({ request: { action } }) => action)]).toEqual(
      expect.arrayContaining(
        Object.values(secretActions).flatMap((names) => names.map((one) => `secretsmanager:${one}`)),
      ),
    );
    expect(new Set(sample.accountCells.map(({ request: { action } }) => action))).toEqual(
      new Set(matrix.accountRequests.map(({ action }) => action)),
    );
    const allowed = sample.cells.filter(({ expected }) => expected === 'allowed').length;
    expect(allowed).toBeGreaterThanOrEqual(100);
    expect(sample.cells.length - allowed).toBeGreaterThanOrEqual(200);
  });
});

describe('the comparison finds it where', () => {
  const within = ({ expected, request }: Cell): boolean =>
    expected === 'denied' && request.circumstances.organizationId === localOrganizationId && !isUndone(request);

  /** What is denied to the administrators' role, which the catalog does not name, with a secret and its key. */
  const deniedToStrangers = (secretName: string): Cell[] => {
    const stranger = matrix.principals.find(({ arn }) => arn === `arn:aws:iam::${account}:role/administrator`);
    const secret = matrix.secrets.find(({ fullName }) => fullName === secretName);
    return cellsOf(matrix, stranger!, secret!).filter(within);
  };

  it('roles are given everything', async () => {
    await allowEverything(aws, matrix.principals);

    const cells = sample.cells.filter((cell) => cell.request.principal.own === 'nothing' && within(cell));
    expect(await differencesIn(cells)).not.toEqual([]);
  });

  it('a secret loses its policy', async () => {
    const { secrets } = clientsWith(aws, aws.accounts[account]!.root);
    const SecretId = 'prod/shop/signing-key';
    const { ResourcePolicy } = await secrets.send(new GetResourcePolicyCommand({ SecretId }));
    const reads = deniedToStrangers(SecretId).filter(
      ({ request }) => request.action === 'secretsmanager:GetSecretValue',
    );
    expect(await differencesIn(reads)).toEqual([]);

    await secrets.send(new DeleteResourcePolicyCommand({ SecretId }));
    expect(await differencesIn(reads)).toHaveLength(reads.length);
    await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
  });

  it('a key can be used without Secrets Manager', async () => {
    const { kms } = administratorOf(aws);
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyAlias('prod', 'high') }));
    const { KeyId } = KeyMetadata!;
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
    const uses = deniedToStrangers('prod/shop/signing-key').filter(({ request }) => request.action === 'kms:Decrypt');
    expect(await differencesIn(uses)).toEqual([]);

    const everything = { ...allow(['kms:*']), Principal: { AWS: `arn:aws:iam::${account}:root` } };
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy: policy(everything) }));
    expect(await differencesIn(uses)).toHaveLength(uses.length);
    await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  });
});
