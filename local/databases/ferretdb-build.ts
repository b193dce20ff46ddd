/** FerretDB, which stands for MongoDB. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildGoProgram, type BuildOptions } from '../go-program.ts';

const version = 'v1.24.2';

/**
 * The program's path.
 *
 * @throws Error if there is no Go, or its module proxy is not available.
 */
export const buildFerretdb = (options: BuildOptions = {}): Promise<string> =>
  buildGoProgram(
    {
      name: `ferretdb-${version}`,
      title: `FerretDB ${version}`,
      purpose: 'A local MongoDB is FerretDB',
      oldestGo: 24,
      sources: join(import.meta.dirname, 'ferretdb'),
      files: ['go.mod', 'go.sum', 'tools.go'],
      package: 'github.com/FerretDB/FerretDB/cmd/ferretdb',
      // The release's own build writes this file; without it the program does not start.
      prepare: (folder) =>
        writeFile(join(folder, 'vendor/github.com/FerretDB/FerretDB/build/version/version.txt'), `${version}\n`),
    },
    options,
  );
