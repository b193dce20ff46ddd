/** Installs OpenSearch, pinned with every library and its digest: https://opensearch.org, Apache-2.0. */
import { delimiter, join } from 'node:path';
import { cacheFolder as defaultCacheFolder } from '../../cache-folder.ts';
import { findJava } from '../../java.ts';
import { installMavenFiles, readMavenFiles } from '../../maven.ts';

export const opensearchVersion = '2.19.6';

export interface InstallOpensearchOptions {
  /** @default STRONGROOM_CACHE, or `.strongroom` in the repository */
  readonly cacheFolder?: string;
  /** Called when it is downloaded: the first run takes longer. */
  readonly onProgress?: ((what: string) => void) | undefined;
}

export interface OpensearchPrograms {
  readonly java: string;
  readonly classPath: string;
  /** Script that starts the server. */
  readonly script: string;
}

/**
 * Its libraries from Maven Central (or the user's mirror), and Groovy, which runs the script that starts it.
 *
 * @throws Error that says what is missing.
 */
export const installOpensearch = async ({
  cacheFolder = defaultCacheFolder,
  onProgress,
}: InstallOpensearchOptions = {}): Promise<OpensearchPrograms> => {
  const java = await findJava({ cacheFolder, onProgress });
  const files = await readMavenFiles(join(import.meta.dirname, 'jars.sha256'));
  const folder = join(cacheFolder, `opensearch-${opensearchVersion}`);
  const jars = await installMavenFiles(files, folder, {
    onProgress: () => onProgress?.(`Downloading OpenSearch ${opensearchVersion} (once, 54 MB)`),
  });
  return { java, classPath: jars.join(delimiter), script: join(import.meta.dirname, 'local-opensearch.groovy') };
};
