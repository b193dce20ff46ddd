/** What every stack of an environment has in common. */
import { CfnResource, PermissionsBoundary, Stack, Tags, type CfnElement } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentCatalog } from '../model/catalog.ts';
import { stackName } from '../contract/index.ts';
import { markOwnStack } from '../rules/template/own-stacks.ts';

export abstract class EnvironmentStack extends Stack {
  readonly #part: string;
  readonly #logicalIds = new Map<CfnElement, string>();

  /** @param part - `foundation`, `rotation`, `audit` or the name of an application. */
  constructor(scope: Construct, { name, account, region, fences, tags = {} }: EnvironmentCatalog, part: string) {
    super(scope, part, {
      stackName: stackName(name, part),
      description: `Strongroom ${name}: ${part}`,
      env: { account, region },
      // On every role of the stack, those that CDK makes for itself among them.
      ...(fences?.permissionsBoundary !== undefined && {
        permissionsBoundary: PermissionsBoundary.fromName(fences.permissionsBoundary),
      }),
    });
    this.#part = part;
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value);
    markOwnStack(this);
    this.node.addValidation({ validate: () => this.#checkResources() });
  }

  /** Kept: CDK needs it at each reference, and hashes the path of the element again. */
  protected override allocateLogicalId(element: CfnElement): string {
    const known = this.#logicalIds.get(element) ?? super.allocateLogicalId(element);
    this.#logicalIds.set(element, known);
    return known;
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
  #checkResources(): string[] {
    const count = this.node.findAll().filter((one) => CfnResource.isCfnResource(one) && one.stack === this).length;
    return count <= resourcesAStack
      ? []
      : [
          `The stack ${this.stackName} has ${count} resources, and CloudFormation takes ${resourcesAStack}: ` +
            (this.#part === 'rotation'
              ? 'give the environment fewer networks, or move applications into another environment'
              : 'declare some of its consumers and secrets as another application, in a file of its own'),
        ];
  }
}

const resourcesAStack = 500;
