/** Puts a Debian package and the libraries it needs into a folder of the cache: without root, and without a change of the system. */
import { access, chmod, mkdir, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, dirname, basename } from 'node:path';
import { execa, ExecaError } from 'execa';
import { lock } from 'proper-lockfile';
import { cacheFolder as defaultCacheFolder } from '../cache-folder.ts';

export interface DebianPackages {
  readonly suite: 'bookworm' | 'trixie' | 'sid';
  /** The packages. Of their dependencies, only libraries are installed. */
  readonly packages: readonly [string, ...string[]];
  /** Their programs, as paths within the packages: `usr/sbin/mariadbd`. */
  readonly programs: readonly string[];
}

export interface InstallOptions {
  /** @default STRONGROOM_CACHE, or `.strongroom` in the repository */
  readonly cacheFolder?: string;
  /** Called when something is downloaded: the first run takes longer. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

export interface InstalledPackages {
  /** The folder that takes the place of `/`. */
  readonly root: string;
  /** Debian's version of the first package, such as `5:7.0.15-1~deb12u7`. */
  readonly version: string;
}

const mirror = 'http://deb.debian.org/debian';
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
const installTimeoutMs = 900_000;
const machines: Partial<Record<NodeJS.Architecture, { readonly triplet: string; readonly loader: string }>> = {
  x64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** Whether this machine can install Debian packages: it has apt, dpkg-deb and Debian's keys. */
export const hasDebianPackages = async (): Promise<boolean> => {
  if (process.platform !== 'linux' || machines[process.arch] === undefined) return false;
  const found = await Promise.all(['/usr/bin/apt-get', '/usr/bin/dpkg-deb', keyring].map(exists));
  return found.every(Boolean);
};

/**
 * Downloads with apt, which checks Debian's signature and every file's hash, into lists and archives of the project's
 * own; unpacks, and makes each program run with the C library of its own suite, not that of the machine. Installed
 * once: what a killed run left is created again, and of two runs at the same time the second waits for the first.
 *
 * @throws Error with apt's own reason if the packages are not available.
 */
export const installDebianPackages = async (
  wanted: DebianPackages,
  { cacheFolder = defaultCacheFolder, onProgress }: InstallOptions = {},
): Promise<InstalledPackages> => {
  const [name] = wanted.packages;
  const debian = join(cacheFolder, 'debian');
  const root = join(debian, `${wanted.suite}-${name}`);
  const marker = join(root, 'installed.json');
  const installed = async (): Promise<InstalledPackages | undefined> => {
    if (!(await exists(marker))) return undefined;
    const { version, programs } = JSON.parse(await readFile(marker, 'utf8')) as Installed;
    return wanted.programs.every((program) => programs.includes(program)) ? { root, version } : undefined;
  };

  const before = await installed();
  if (before) return before;
  await mkdir(debian, { recursive: true });
  const release = await lock(debian, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: installTimeoutMs },
  });
  try {
    const meanwhile = await installed();
    if (meanwhile) return meanwhile;
    onProgress?.(`Downloading ${name} of Debian ${wanted.suite} (once)`);
    await rm(root, { recursive: true, force: true });
    const apt = await prepareApt(debian, wanted.suite);
    await apt('apt-get', ['update']);
    const resolved = await resolve(apt, wanted.packages);
    await unpack(apt, resolved, root);
    for (const program of wanted.programs) await runWithOwnLibraries(root, program);
    const version = resolved.find((one) => one.name === name)?.version ?? '';
    const note: Installed = { version, programs: wanted.programs, packages: resolved };
    await writeFile(marker, `${JSON.stringify(note, null, 2)}\n`);
    return { root, version };
  } finally {
    await release();
  }
};

interface Installed {
  readonly version: string;
  readonly programs: readonly string[];
  readonly packages: readonly Resolved[];
}

interface Resolved {
  readonly name: string;
  readonly version: string;
}

type Apt = (command: 'apt-get', args: readonly string[], cwd?: string) => Promise<string>;

/** apt as the machine has it configured (proxy, credentials), except for where it reads and writes. */
const prepareApt = async (debian: string, suite: DebianPackages['suite']): Promise<Apt> => {
  const folder = join(debian, `apt-${suite}`);
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'archives', 'partial'), { recursive: true });
  await writeFile(join(folder, 'status'), '');
  await writeFile(
    join(folder, 'debian.sources'),
    `Types: deb\nURIs: ${mirror}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`,
  );
  const configuration = join(folder, 'apt.conf');
  await writeFile(
    configuration,
    // Hooks belong to the machine's own installations. An empty status makes apt resolve down to the C library.
    `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear APT::Default-Release;
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::GzipIndexes "true";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons-small::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11-icons::DefaultEnabled "false";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Dir::State "${folder}";
Dir::State::lists "${folder}/lists";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}";
Dir::Cache::archives "${folder}/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::sourcelist "${folder}/debian.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
`,
  );
  return async (command, args, cwd = folder) => {
    try {
      const { stdout } = await execa(command, ['--config-file', configuration, ...args], {
        cwd,
        stdin: 'ignore',
        env: { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
        timeout: installTimeoutMs,
        forceKillAfterDelay: 2000,
      });
      return stdout;
    } catch (error) {
      if (!(error instanceof ExecaError)) throw error;
      const reason = String(error.stderr)
        .split('\n')
        .findLast((line) => line.startsWith('E: '));
      throw new Error(
        `\`${command} ${args[0] ?? ''}\` could not get packages of Debian ${suite} from ${mirror}: ` +
          `${reason?.slice(3) ?? error.shortMessage}. Check the network, or the proxy in apt's configuration`,
        { cause: error },
      );
    }
  };
};

/** A simulated installation lists every package and its version. */
const resolve = async (apt: Apt, packages: readonly string[]): Promise<Resolved[]> => {
  const simulated = await apt('apt-get', ['install', '--simulate', ...packages]);
  return [...simulated.matchAll(/^Inst (\S+) \((\S+) /gm)]
    .map(([, name = '', version = '']) => ({ name, version }))
    .filter(({ name }) => packages.includes(name) || isLibrary(name));
};

/** Perl and LLVM make up most of a server's closure, for maintainer scripts and just-in-time compilation. */
const isLibrary = (name: string): boolean => name.startsWith('lib') && !/perl|llvm/.test(name);

const unpack = async (apt: Apt, packages: readonly Resolved[], root: string): Promise<void> => {
  const archives = join(root, 'archives');
  await mkdir(archives, { recursive: true });
  await apt('apt-get', ['download', ...packages.map(({ name, version }) => `${name}=${version}`)], archives);
  for (const archive of await readdir(archives)) {
    await execa('dpkg-deb', ['--extract', join(archives, archive), root], { timeout: 600_000 });
  }
  await rm(archives, { recursive: true });
  await rm(join(root, 'usr', 'share', 'doc'), { recursive: true, force: true });
};

/**
 * Puts a script in a program's place that starts it through the dynamic loader of its own suite. Programs that look for
 * one another by their own path (PostgreSQL's) or act by their name (Redis's) still work.
 */
const runWithOwnLibraries = async (folder: string, program: string): Promise<void> => {
  const root = await realpath(folder);
  const machine = machines[process.arch];
  if (machine === undefined) throw new Error(`Debian's servers are not run on ${process.arch}`);
  const script = join(root, program);
  const binary = await realpath(script);
  if (!(await isElf(binary))) return;
  const loaded = binary === script ? `${script}.elf` : binary;
  if (binary === script) await rename(script, loaded);
  else await rm(script);

  const libraries: string[] = [];
  for (const folder of ['lib', 'usr/lib']) {
    if (await exists(join(root, folder, machine.triplet))) libraries.push(`${folder}/${machine.triplet}`);
  }
  const loaders = await Promise.all(libraries.map((folder) => exists(join(root, folder, machine.loader))));
  const loader = libraries[loaders.indexOf(true)];
  if (loader === undefined) throw new Error(`Debian's C library is not among the packages in ${root}`);
  const up = relative(dirname(script), root);
  await writeFile(
    script,
    `#!/bin/sh
here=\${0%/*}
root=$here/${up}
exec "$root/${loader}/${machine.loader}" --library-path "${libraries.map((folder) => `$root/${folder}`).join(':')}" \\
  --argv0 "$here/${basename(script)}" "$root/${relative(root, loaded)}" "$@"
`,
  );
  await chmod(script, 0o755);
};

/** False for a shell script, such as `mariadb-install-db`. */
const isElf = async (file: string): Promise<boolean> => {
  const handle = await open(file);
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.equals(Buffer.from('\x7fELF', 'latin1'));
  } finally {
    await handle.close();
  }
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
