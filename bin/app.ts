/** The CDK app: the stacks of each environment of the catalog (`-c catalog=FOLDER`, else `catalog/`). */
import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../lib/catalog/load-catalog.ts';
import { CatalogError } from '../lib/catalog/problem.ts';
import { addEnvironments } from '../lib/stacks/add-environments.ts';

// Nothing reads tree.json, and at thousands of secrets it takes longer to write than the templates.
const app = new App({ treeMetadata: false });
const folder: unknown = app.node.tryGetContext('catalog');
try {
  addEnvironments(app, loadCatalog(typeof folder === 'string' ? folder : 'catalog'));
  app.synth();
} catch (error) {
  if (!(error instanceof CatalogError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
