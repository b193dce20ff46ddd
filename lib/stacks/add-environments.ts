/** The whole app: every environment of a catalog, under the rule packs. */
import type { App } from 'aws-cdk-lib';
import type { Catalog } from '../catalog/model.ts';
import { enforceRulePacks } from '../policy/rule-packs.ts';
import { Environment } from './environment.ts';

export const addEnvironments = (app: App, catalog: Catalog): void => {
  for (const environment of catalog.environments) new Environment(app, environment);
  enforceRulePacks(app);
};
