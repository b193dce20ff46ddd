/** Synthesises the example catalog as `bin/app.ts` does, with the flags of cdk.json and without bundling. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template as Synthesised } from 'aws-cdk-lib/assertions';
import { z } from 'zod';
import type { Catalog } from '../../lib/model/catalog.ts';
import { addEnvironments } from '../../lib/stacks/add-environments.ts';
import { exampleCatalog } from '../_fixtures/catalog-model.ts';

const templateSchema = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).default({}),
      DeletionPolicy: z.string().optional(),
      UpdateReplacePolicy: z.string().optional(),
      DependsOn: z.array(z.string()).optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.unknown()).optional(),
});
export type Template = z.infer<typeof templateSchema>;

export interface ExampleStack {
  readonly stackName: string;
  readonly region: string;
  readonly template: Template;
  /** Names of the stacks that are deployed before this one. */
  readonly dependencies: readonly string[];
}

/** One stack of its own, as CloudFormation gets it. */
export const synthesisedStack = (stack: Stack): ExampleStack => ({
  stackName: stack.stackName,
  region: stack.region,
  template: templateSchema.parse(Synthesised.fromStack(stack).toJSON()),
  dependencies: [],
});

/** The context of cdk.json: the feature flags under which the app is deployed. */
export const cdkContext = (): Record<string, unknown> =>
  z
    .object({ context: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'cdk.json'), 'utf8'))).context;

/** An app with the flags of cdk.json, whose assembly goes to `outdir`. */
export const appWithoutBundling = (outdir: string): App =>
  new App({ outdir, context: { ...cdkContext(), 'aws:cdk:bundling-stacks': [] } });

/** Runs `use` with a temporary folder, and removes it. */
export const withFolder = <Result>(use: (folder: string) => Result): Result => {
  const folder = mkdtempSync(join(tmpdir(), 'strongroom-synth-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Every stack of a catalog by its name. */
export const synthesise = (catalog: Catalog = exampleCatalog): ReadonlyMap<string, ExampleStack> =>
  synthesiseWith((app) => {
    addEnvironments(app, catalog);
  });

/** Every stack that `add` puts into an app. */
export const synthesiseWith = (add: (app: App) => void): ReadonlyMap<string, ExampleStack> =>
  withFolder((folder) => {
    const app = appWithoutBundling(folder);
    add(app);
    const assembly = app.synth();
    return new Map(
      assembly.stacks.map(({ stackName, environment: { region }, template, dependencies }) => [
        stackName,
        {
          stackName,
          region,
          template: templateSchema.parse(template),
          dependencies: dependencies.flatMap((one) => ('stackName' in one ? [String(one.stackName)] : [])),
        },
      ]),
    );
  });

export const stackIn = (stacks: ReadonlyMap<string, ExampleStack>, name: string): ExampleStack => {
  const stack = stacks.get(name);
  if (!stack) throw new Error(`No stack ${name} among ${[...stacks.keys()].join(', ')}`);
  return stack;
};

export interface Resource {
  readonly logicalId: string;
  readonly properties: Record<string, unknown>;
  readonly deletionPolicy: string | undefined;
  readonly updateReplacePolicy: string | undefined;
  readonly dependsOn: readonly string[];
}

export const resourcesOfType = ({ template }: ExampleStack, type: string): Resource[] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([logicalId, resource]) => ({
      logicalId,
      properties: resource.Properties,
      deletionPolicy: resource.DeletionPolicy,
      updateReplacePolicy: resource.UpdateReplacePolicy,
      dependsOn: resource.DependsOn ?? [],
    }));
