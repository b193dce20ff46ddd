/** Refuses a template that is larger than CloudFormation accepts, before a deployment fails. */
import { statSync } from 'node:fs';
import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';
import { ownStacksIn, type StackScope } from './template/own-stacks.ts';

/** 1 MB: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const largestBytes = 1_000_000;

export class TemplateSize implements IPolicyValidationPlugin {
  readonly name = 'StrongroomTemplateSize';
  readonly #stacks: StackScope;

  /** @param stacks - other stacks of the app are not checked unless `all` */
  constructor(stacks: StackScope = 'strongroom') {
    this.#stacks = stacks;
  }

  validate({ appConstruct, stackTemplates }: IPolicyValidationContext): PolicyValidationPluginReport {
    const own = new Set(ownStacksIn(appConstruct).map(({ node }) => node.path));
    const violations = stackTemplates.flatMap(({ stackConstructPath, templatePath }) => {
      const isOwn = own.has(stackConstructPath);
      if (!isOwn && this.#stacks === 'strongroom') return [];
      const { size } = statSync(templatePath);
      return size <= largestBytes
        ? []
        : [
            {
              ruleName: 'TemplateSize',
              severity: 'error',
              description:
                `The template has ${size.toLocaleString('en')} bytes, and CloudFormation takes ` +
                `${largestBytes.toLocaleString('en')}: ${isOwn ? 'let fewer consumers read its secrets, or declare some of them as another application' : 'move some of its resources to another stack'}.`,
              violatingResources: [{ constructPath: stackConstructPath, templatePath, locations: [] }],
            },
          ];
    });
    return { success: violations.length === 0, violations };
  }
}
