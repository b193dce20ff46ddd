/** The files of a catalog with their digests, and the commit that has them so. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CatalogFiles {
  readonly folder: string;
  readonly readAt: Date;
  /** Of the names and digests of all files, in hex. */
  readonly sha256: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
  /** Absent: the folder is in no git repository. */
  readonly commit?: { readonly id: string; /** Whether every file is as the commit has it. */ readonly same: boolean };
}

/** The files directly in a folder, as a commit has them. */
export interface Committed {
  readonly commit: string;
  /** With the ids of git. */
  readonly files: readonly { readonly name: string; readonly id: string }[];
}

/** What the loader reads: the YAML files, the placement of secrets, certificate authorities. */
const isRead = /\.(ya?ml|pem)$|^placement\.lock\.json$/i;

export const catalogFiles = (folder: string, readAt: Date, committed: Committed | undefined): CatalogFiles => {
  const read = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => isRead.test(entry.name) && !entry.isDirectory())
    .map(({ name }) => ({ name, bytes: readFileSync(join(folder, name)) }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  const files = read.map(({ name, bytes }) => ({ name, sha256: sha256Of(bytes) }));
  const asCommitted = committed?.files.filter(({ name }) => isRead.test(name));
  return {
    folder,
    readAt,
    sha256: sha256Of(files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')),
    files,
    ...(committed &&
      asCommitted && {
        commit: {
          id: committed.commit,
          same:
            asCommitted.length === read.length &&
            read.every(({ name, bytes }) =>
              asCommitted.some((one) => one.name === name && one.id === blobId(bytes, one.id)),
            ),
        },
      }),
  };
};

const sha256Of = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** As git computes it, with the hash function that the repository has. */
const blobId = (bytes: Uint8Array, like: string): string =>
  createHash(like.length === 40 ? 'sha1' : 'sha256')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
