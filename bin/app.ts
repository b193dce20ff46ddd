/**
 * The CDK app: the stacks of each environment of the catalog (`-c catalog=FOLDER`, else `catalog/`), or those of the
 * platform and of some applications (`-c only=payments,storefront`).
 */
import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../lib/catalog/load-catalog.ts';
import { CatalogError } from '../lib/catalog/messages/problem.ts';
import { loadPlacement } from '../lib/placement/load-placement.ts';
import { addEnvironments } from '../lib/stacks/add-environments.ts';
import { onlyIn } from '../lib/stacks/only.ts';

// At thousands of secrets, tree.json takes longer to write than the templates, and nothing reads it; the trace of every
// construct takes a tenth of the memory (`cdk synth --debug` has them); and what is collected for CDK's analytics goes
// nowhere, as cdk.json turns them off.
const app = new App({
  // The end of the process would overwrite the last good assembly with one without stacks, if there is a mistake.
  autoSynth: false,
  treeMetadata: false,
  context: { 'aws:cdk:disable-creation-stack-traces': true },
  postCliContext: { '@aws-cdk/core:enableAdditionalMetadataCollection': false },
});
const context: unknown = app.node.tryGetContext('catalog');
const folder = typeof context === 'string' ? context : 'catalog';
try {
  const catalog = loadCatalog(folder);
  const only = onlyIn(app.node.tryGetContext('only'));
  addEnvironments(app, catalog, loadPlacement(folder, catalog), only && { only });
  app.synth();
} catch (error) {
  if (!(error instanceof CatalogError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
