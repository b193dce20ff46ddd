/** Refuses a template that is larger than CloudFormation takes, before a deployment finds it. */
import { statSync } from 'node:fs';
import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';

/** 1 MB: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const largestBytes = 1_000_000;

export class TemplateSize implements IPolicyValidationPlugin {
  readonly name = 'StrongroomTemplateSize';

  validate({ stackTemplates }: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = stackTemplates.flatMap(({ stackConstructPath, templatePath }) => {
      const { size } = statSync(templatePath);
      return size <= largestBytes
        ? []
        : [
            {
              ruleName: 'TemplateSize',
              severity: 'error',
              description:
                `The template has ${size.toLocaleString('en')} bytes, and CloudFormation takes ` +
                `${largestBytes.toLocaleString('en')}: let fewer consumers read its secrets, or declare some of them as another application.`,
              violatingResources: [{ constructPath: stackConstructPath, templatePath, locations: [] }],
            },
          ];
    });
    return { success: violations.length === 0, violations };
  }
}
