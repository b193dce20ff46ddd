/** `npm run schema`: writes the JSON Schemas of the catalog; `-- --check` only says whether the files are current. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

import { catalogJsonSchemas } from '../lib/catalog/json-schema.ts';

const folder = new URL('../catalog/schema/', import.meta.url);
const checkOnly = process.argv.includes('--check');

await mkdir(folder, { recursive: true });
for (const [name, schema] of Object.entries(catalogJsonSchemas())) {
  const path = fileURLToPath(new URL(name, folder));
  const text = await format(JSON.stringify(schema), { ...(await resolveConfig(path)), parser: 'json' });
  const current = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  if (current === text) {
    console.log(`catalog/schema/${name} is current`);
  } else if (checkOnly) {
    console.error(`catalog/schema/${name} is not what lib/catalog says; run: npm run schema`);
    process.exitCode = 1;
  } else {
    await writeFile(path, text);
    console.log(`catalog/schema/${name} written`);
  }
}
