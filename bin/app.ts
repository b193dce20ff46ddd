/** The CDK app: the stacks of each environment of the catalog (`-c catalog=FOLDER`, else `catalog/`). */
import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../lib/catalog/load-catalog.ts';
import { CatalogError } from '../lib/catalog/problem.ts';
import { loadPlacement } from '../lib/placement/load-placement.ts';
import { addEnvironments } from '../lib/stacks/add-environments.ts';

// Nothing reads tree.json, and at thousands of secrets it takes longer to write than the templates.
const app = new App({ treeMetadata: false });
const context: unknown = app.node.tryGetContext('catalog');
const folder = typeof context === 'string' ? context : 'catalog';
try {
  const catalog = loadCatalog(folder);
  addEnvironments(app, catalog, loadPlacement(folder, catalog));
  app.synth();
} catch (error) {
  if (!(error instanceof CatalogError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
