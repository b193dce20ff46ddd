import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../../..', import.meta.url).pathname;

describe("the command in a folder of the user's own", () => {
  let own: string;

  /** The catalog is the example's, committed and then changed. */
  beforeAll(async () => {
    own = await mkdtemp(join(tmpdir(), 'strongroom-own-app-'));
    await cp(join(root, 'catalog'), join(own, 'catalog'), { recursive: true });
    const git = (...args: readonly string[]) =>
      execa('git', ['-C', own, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args]);
    await git('init');
    await git('add', 'catalog');
    await git('commit', '-m', 'first');
    const file = join(own, 'catalog/payments.yaml');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(
        'secrets:\n',
        'secrets:\n  new-key: { class: signing-key, readers: [] }\n',
      ),
    );
  });

  afterAll(async () => {
    await rm(own, { recursive: true, force: true });
  });

  it.each([
    ['without a cdk.json', undefined],
    ['with a cdk.json for an app of another kind', { app: 'python3 app.py', context: { only: 'nobody' } }],
  ])('plans a deployment %s', async (_, cdkJson) => {
    if (cdkJson) await writeFile(join(own, 'cdk.json'), JSON.stringify(cdkJson));
    const { exitCode, stdout } = await execa('node', [join(root, 'cli/strongroom.js'), 'deploy-plan', '--json'], {
      cwd: own,
      reject: false,
    });
    const plan = JSON.parse(stdout) as { stacks?: { stack: string; state: string }[] };
    expect(plan).toHaveProperty('stacks');
    expect(plan.stacks?.filter(({ state }) => state !== 'unchanged').map(({ stack }) => stack)).toEqual([
      'strongroom-dev-payments',
      'strongroom-prod-payments',
    ]);
    expect(exitCode).toBe(0);
  });
});
