/** Links of pages that are published in a package. */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Turns each link of a page to a file that is not in the folder into its text: the package contains no tests, for example. */
export const unlinkMissing = async (folder: string): Promise<void> => {
  const pages = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.md'));
  for (const page of pages) {
    const file = join(folder, page);
    const text = await readFile(file, 'utf8');
    const published = text.replace(link, (whole: string, label: string, target: string) =>
      /^[a-z]+:/.test(target) || existsSync(join(dirname(file), target)) ? whole : label,
    );
    if (published !== text) await writeFile(file, published);
  }
};

/** `[label](target#part)`, without pictures and links within the page. */
const link = /(?<!!)\[((?:`[^`]*`|[^\]])*)\]\(([^)#\s]+)(?:#[^)\s]*)?\)/g;
