/** The whole app: every environment of a catalog, under the rule packs. */
import { Validations, type App } from 'aws-cdk-lib';
import type { Catalog } from '../model/catalog.ts';
import type { Placement } from '../placement/placement.ts';
import { enforceRulePacks, type RulePackOptions } from '../rules/rule-packs.ts';
import { TemplateChecks } from '../rules/template-checks/template-checks.ts';
import { TemplateSize } from '../rules/template-size.ts';
import { Environment } from './environment.ts';
import { applicationsNamed } from './only.ts';

export interface AddEnvironmentsOptions extends RulePackOptions {
  /**
   * The applications whose stacks are synthesised, next to those of the platform, which stay the same; `strongroom`
   * means no application.
   *
   * @default - all
   */
  readonly only?: readonly string[];
}

/**
 * Adds the stacks of every environment, and has the synth fail where one of them breaks a rule.
 *
 * @param placement - the stacks of applications that have more than one. Left out: every application has one.
 * @throws {@link CatalogError} if `only` names an application that the catalog does not have
 */
export const addEnvironments = (
  app: App,
  catalog: Catalog,
  placement: Placement = {},
  { stacks = 'strongroom', only }: AddEnvironmentsOptions = {},
): void => {
  const applications = only && applicationsNamed(catalog, only);
  for (const environment of catalog.environments) new Environment(app, environment, placement, applications);
  Validations.of(app).addPlugins(new TemplateSize(stacks));
  enforceRulePacks(app, { stacks });
  Validations.of(app).addPlugins(templateChecks[stacks]);
};

/** One for all apps of the process: it takes seconds to load its rules. */
const templateChecks = { strongroom: new TemplateChecks(), all: new TemplateChecks({ stacks: 'all' }) };
