/** The whole of a CDK app: loads a catalog, adds its stacks and synthesises. */
import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { CatalogError } from '../catalog/messages/problem.ts';
import type { Catalog } from '../model/catalog.ts';
import { loadPlacement } from '../placement/load-placement.ts';
import { noteCatalog } from '../placement/synthesised-catalog.ts';
import type { RulePackOptions } from '../rules/rule-packs.ts';
import { addEnvironments } from './add-environments.ts';
import { onlyIn } from './only.ts';

export interface SynthCatalogOptions extends RulePackOptions {
  /**
   * Folder of the catalog, from the folder of cdk.json. `-c catalog=FOLDER` overrides it.
   *
   * @default 'catalog'
   */
  readonly catalog?: string;
  /**
   * Adds stacks of your own to the app, before the synth.
   *
   * @default - none
   */
  readonly extend?: (app: App, catalog: Catalog) => void;
}

/**
 * Synthesises the stacks of every environment of a catalog; with `-c only=payments,storefront` those of the platform and
 * of these applications. If the catalog is not valid, it prints every problem with its file and line, writes no assembly,
 * and sets the exit code 2.
 *
 * @example
 * // bin/app.ts
 * synthCatalog();
 */
export const synthCatalog = ({ catalog: folder = 'catalog', extend, stacks }: SynthCatalogOptions = {}): void => {
  const app = createApp();
  const context: unknown = app.node.tryGetContext('catalog');
  const directory = typeof context === 'string' ? context : folder;
  try {
    const catalog = loadCatalog(directory);
    const only = onlyIn(app.node.tryGetContext('only'));
    addEnvironments(app, catalog, loadPlacement(directory, catalog), {
      ...(only && { only }),
      ...(stacks && { stacks }),
    });
    extend?.(app, catalog);
    noteCatalog(app.synth().directory, directory);
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
};

/**
 * At thousands of secrets, tree.json takes longer to write than the templates, and nothing reads it. The trace of every
 * construct takes a tenth of the memory (`cdk synth --debug` has them). What is collected for CDK's analytics is not sent
 * if cdk.json turns them off.
 */
const createApp = (): App =>
  new App({
    // Otherwise the end of the process writes an assembly without stacks over the last good one.
    autoSynth: false,
    treeMetadata: false,
    context: { 'aws:cdk:disable-creation-stack-traces': true },
    postCliContext: { '@aws-cdk/core:enableAdditionalMetadataCollection': false },
  });
