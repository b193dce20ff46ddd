/** The code of a function: bundled from its sources in a clone, prebuilt in the package. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunction, lambdas } from './bundle.ts';

/**
 * The asset's hash is that of its files, so a clone and the package of the same version deploy the same asset.
 *
 * @param entry - folder under `lambdas/`.
 * @param besides - contents of files that travel with the bundle, by their names there.
 */
export const functionCode = (entry: string, besides: Readonly<Record<string, string>> = {}): Code => {
  const source = join(lambdas, entry);
  const isPrebuilt = existsSync(join(source, 'index.mjs'));
  if (isPrebuilt && Object.keys(besides).length === 0) return Code.fromAsset(source);
  return Code.fromAsset(source, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local way below either bundles or throws.
      image: DockerImage.fromRegistry('public.ecr.aws/lambda/nodejs:24'),
      // Nothing runs this: CDK bundles once what has one folder and one command.
      command: Object.entries(besides).map(([name, content]) => `${name} ${sha256(content)}`),
      local: {
        tryBundle: (output) => {
          if (isPrebuilt) cpSync(source, output, { recursive: true });
          else bundleFunction(entry, output);
          for (const [name, content] of Object.entries(besides)) writeFileSync(join(output, name), content);
          return true;
        },
      },
    },
  });
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
