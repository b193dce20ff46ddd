/** The main job in a container that gives it next to nothing: a bare user id, no home, hardly a /tmp, no network. */
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshCloneOf, type FreshClone } from '../../_helpers/fresh-clone.ts';
import { onOddMachine, whyNotOdd, type Command, type Oddities } from '../../_helpers/odd-machine.ts';

/** As `docker run -u 12345` has it: no entry in /etc/passwd, the group of root. */
const nameless = { uid: 12_345, gid: 0 };
const self = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

/** The Python that the user can run; that of the tests may be in another user's home. */
const pythonOf = async (user: Oddities): Promise<string | undefined> => {
  for (const python of ['python3', '/usr/bin/python3', '/usr/local/bin/python3']) {
    const { stdout, failed } = await execa(python, ['-c', 'import sys; print(sys.executable)'], { reject: false });
    if (!failed && (await whyNotOdd(user, [stdout, '-c', 'import pip, venv'])) === undefined) return stdout;
  }
  return undefined;
};

const python = await pythonOf({ user: nameless });
const noUser =
  python === undefined
    ? `the user id ${nameless.uid} can run no Python, or the tests can't become it`
    : await whyNotOdd({ user: nameless }, [process.execPath, '--version']);
const noMount = await whyNotOdd({ smallFolder: '/mnt' });
const noNetwork = await whyNotOdd({ loopbackOnly: true });

/** What earlier versions and the servers themselves prefer. */
const busyPorts = [1433, 3306, 4510, 4566, 5432, 6379, 8080, 8088, 9229, 27_017];

const conditions: readonly (readonly [name: string, whyNot: string | undefined])[] = [
  ['a user id without a name, and HOME=/', noUser],
  ['a TMPDIR of 32 MB without the right to execute', noMount],
  ['no IPv6, no network and busy ports', noNetwork],
];
for (const [name, reason] of conditions) {
  if (reason !== undefined) console.warn(`This machine can't make the condition «${name}»: ${reason}`);
}
const made = ['no ps', 'foreign settings', ...conditions.flatMap(([name, reason]) => (reason ? [] : [name]))];

const user: Oddities = noUser === undefined ? { user: nameless } : {};
let clone: FreshClone;
let bin: string;

beforeAll(async () => {
  clone = await freshCloneOf(user.user ?? self);
  bin = path.join(clone.above, 'bin');
  await mkdir(bin);
  await chmod(bin, 0o755); // whatever the umask of the tests
  await fillWithPrograms(bin);
  const noHome = path.join(clone.above, 'read-only');
  await mkdir(noHome);
  await chmod(noHome, 0o555);
  // This installs the emulator and the library for the name, with the network.
  expect(await run(user, 'node', ...startParts('local-aws', 'postgres-18'))).toMatchObject({ exitCode: 0 });
});

afterAll(() => clone.remove());

/** Programs that a small container has not. */
const absent = new Set(['ps', 'pgrep', 'pkill', 'top', 'lsof', 'fuser', 'ss', 'netstat', 'ip', 'hostname']);

const fillWithPrograms = async (folder: string): Promise<void> => {
  for (const place of (process.env['PATH'] ?? '').split(path.delimiter)) {
    for (const name of await readdir(place).catch(() => [])) {
      // The first folder that has a program wins, as on the PATH.
      if (!absent.has(name)) await symlink(path.join(place, name), path.join(folder, name)).catch(() => undefined);
    }
  }
};

const startParts = (...parts: readonly string[]) => ['--import', 'tsx', 'test/_fixtures/start-parts.ts', ...parts];

const nowhere = 'http://127.0.0.1:9';

const foreignSettings = {
  LC_ALL: 'tr_TR.UTF-8',
  LANG: 'tr_TR.UTF-8',
  TZ: 'Pacific/Kiritimati',
  NODE_OPTIONS: '--enable-source-maps --max-old-space-size=4096',
  NODE_ENV: 'production',
  PYTHONPATH: '/nonexistent',
  PYTHONHOME: '/nonexistent',
  PIP_USER: '1',
  AWS_PROFILE: 'none',
  AWS_ENDPOINT_URL: nowhere,
  AWS_REGION: 'xx-nowhere-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_CA_BUNDLE: '/nonexistent',
  CDK_DEFAULT_ACCOUNT: '999999999999',
  PGHOST: 'nowhere',
  PGSSLMODE: 'disable',
  PGUSER: 'nobody',
  MYSQL_HOST: 'nowhere',
  MYSQL_TCP_PORT: '1',
  REDISCLI_AUTH: 'nothing',
};

const run = async (oddities: Oddities, ...command: Command) => {
  const settings = {
    ...foreignSettings,
    PATH: bin,
    TMPDIR: clone.temporary,
    HOME: noUser === undefined ? '/' : path.join(clone.above, 'read-only'),
    ...(noUser === undefined && python !== undefined && { STRONGROOM_PYTHON: python }),
  };
  const words = Object.entries(settings).map((pair) => pair.join('='));
  const [program, ...args] = onOddMachine(oddities, ['env', '-i', ...words, ...command]);
  const { all, exitCode } = await execa(program, args, {
    cwd: clone.folder,
    stdin: 'ignore',
    reject: false,
    all: true,
  });
  return { all, exitCode };
};

/** What the runtime keeps for the next start is not ours. */
const ofTheRuntime = /^(tsx-\d+|node-compile-cache)$/;

it(`\`npm run local\` holds every line and leaves nothing: ${made.join(', ')}`, async () => {
  const { all, exitCode } = await run(
    {
      ...user,
      ...(noMount === undefined && { smallFolder: clone.temporary }),
      ...(noNetwork === undefined && { loopbackOnly: true, busyPorts }),
    },
    ...(['npm', 'run', 'local'] as const),
  );
  expect(all).toContain('PostgreSQL refuses the old password');
  expect(all).toContain('all together');
  expect(exitCode).toBe(0);
  const left = /^left in the small folder: ?(.*)$/m.exec(all)?.[1]?.split(' ') ?? (await readdir(clone.temporary));
  const moved = await readdir(path.join(clone.folder, '.strongroom', 'tmp')).catch(() => []);
  expect([...left, ...moved].filter((name) => name !== '' && !ofTheRuntime.test(name))).toEqual([]);
});

it(`every other server starts, is used and ends: ${made.slice(0, 3).join(', ')}`, async () => {
  const parts = ['postgres-15', 'postgres-replica', 'mariadb', 'mysql', 'redis', 'valkey', 'mongo'];
  const { all } = await run(user, 'node', ...startParts(...parts));
  expect(all).toBe(parts.map((part) => `started and ended: ${part}`).join('\n'));
});

it('starts servers for a user without HOME', async () => {
  const parts = ['local-aws', 'postgres-18'];
  const { all } = await run(user, 'env', '-u', 'HOME', 'node', ...startParts(...parts));
  for (const part of parts) expect(all).toContain(`started and ended: ${part}`);
});

it('runs the CDK for a user without HOME, and keeps nothing of it', async () => {
  const before = await readdir(clone.temporary);
  const withoutHome = (...args: readonly string[]) => run(user, 'env', '-u', 'HOME', 'node', ...args);
  const deployer = 'arn:aws:iam::111122223333:role/deployer';
  const printed = await withoutHome('cli/strongroom.js', 'bootstrap-template', '--deployer', deployer);
  expect(printed.all).toContain('Resources:');
  expect(printed.exitCode).toBe(0);

  const synthesised = await withoutHome('--import', 'tsx', 'test/_fixtures/synthesise-example.ts');
  expect(synthesised.all).toContain('strongroom-prod-foundation');
  expect(synthesised.exitCode).toBe(0);
  const left = (await readdir(clone.temporary)).filter((name) => !before.includes(name) && !ofTheRuntime.test(name));
  expect(left).toEqual([]);
});

if (noUser === undefined && noMount === undefined) {
  it('says what to do for a user id without a name where no library can give it one', async () => {
    const empty = path.join(clone.above, 'empty');
    await mkdir(empty);
    // Without Debian's keys nothing is downloaded.
    const replaced = { '/usr/share/keyrings': empty };
    const { all } = await run({ ...user, replaced }, 'node', ...startParts('postgres-18'));
    expect(all).toContain('PostgreSQL needs a name for the user id 12345');
    expect(all).toContain('install the package nss_wrapper');
  });

  it('starts PostgreSQL for root on a machine that has no user beside root', async () => {
    const passwd = path.join(clone.above, 'passwd');
    await writeFile(passwd, 'root:x:0:0:root:/root:/bin/sh\n');
    const { all } = await run({ replaced: { '/etc/passwd': passwd } }, 'node', ...startParts('postgres-18'));
    expect(all).toBe('started and ended: postgres-18');
  });
}
