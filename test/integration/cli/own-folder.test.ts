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

  const plan = () =>
    execa('node', [join(root, 'cli/strongroom.js'), 'deploy-plan', '--json'], { cwd: own, reject: false });

  it('plans a deployment without a cdk.json, by the app of the clone', async () => {
    const { exitCode, stdout } = await plan();

    const { stacks } = JSON.parse(stdout) as { stacks: { stack: string; state: string }[] };
    expect(stacks.filter(({ state }) => state !== 'unchanged').map(({ stack }) => stack)).toEqual([
      'strongroom-dev-payments',
      'strongroom-prod-payments',
    ]);
    expect(exitCode).toBe(0);
  });

  it.each([
    ['fails', 'node missing.js', 'synth-failed', 'missing.js'],
    ['reads no catalog', 'node -e 0', 'app-catalog-fixed', 'call synthCatalog()'],
  ])('refuses to plan with the app of a cdk.json that %s', async (_, app, code, message) => {
    await writeFile(join(own, 'cdk.json'), JSON.stringify({ app }));

    const { exitCode, stdout } = await plan();

    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(exitCode).toBe(2);
  });
});
