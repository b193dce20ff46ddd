/** The whole app: every environment of a catalog, under the rule packs. */
import { Validations, type App } from 'aws-cdk-lib';
import type { Catalog } from '../catalog/model.ts';
import type { Placement } from '../placement/placement.ts';
import { enforceRulePacks } from '../policy/rule-packs.ts';
import { TemplateChecks } from '../policy/template-checks/template-checks.ts';
import { TemplateSize } from '../policy/template-size.ts';
import { Environment } from './environment.ts';

export const addEnvironments = (app: App, catalog: Catalog, placement: Placement = {}): void => {
  for (const environment of catalog.environments) new Environment(app, environment, placement);
  Validations.of(app).addPlugins(templateChecks.ahead, new TemplateSize());
  enforceRulePacks(app);
  Validations.of(app).addPlugins(templateChecks);
};

/** One for all apps of the process: it takes seconds to load its rules. */
const templateChecks = new TemplateChecks();
