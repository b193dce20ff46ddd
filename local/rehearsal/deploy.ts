/** Bootstraps every account of the catalog and deploys the app of `bin/app.ts` into the local AWS. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalog, EnvironmentCatalog } from '../../lib/model/catalog.ts';
import { cdk } from '../cdk.ts';
import type { Platform } from '../platform.ts';
import { together } from '../together.ts';

/** The synthesised app: what `cdk deploy` hands to CloudFormation, on the laptop and on AWS alike. */
export const synthesise = async (platform: Platform, signal: AbortSignal): Promise<string> => {
  const assembly = join(platform.folder, 'cdk.out');
  await cdk(['synth', '--quiet', '--output', assembly], { signal });
  return assembly;
};

/** `cdk bootstrap` for each account and region, as its administrator. */
export const bootstrap = async (platform: Platform, catalog: Catalog, signal: AbortSignal): Promise<string[]> => {
  const targets = [...new Set(catalog.environments.flatMap(regionsOf))];
  await together(
    signal,
    ...targets.map((target) => (signal: AbortSignal) => {
      const account = target.slice(0, 12);
      return cdk(['bootstrap', `aws://${target}`], {
        // The command leaves its template in the temporary folder when it is interrupted.
        environment: { ...administrator(platform, account), TMPDIR: platform.folder },
        // Outside the project, so that the app is not synthesised for it.
        cwd: platform.folder,
        signal,
      });
    }),
  );
  return targets;
};

/** `ACCOUNT/REGION` of an environment, and of the replicas of its secrets. */
const regionsOf = ({ account, region, applications }: EnvironmentCatalog): string[] =>
  [region, ...applications.flatMap(({ secrets }) => secrets.flatMap(({ replicas = [] }) => replicas))].map(
    (one) => `${account}/${one}`,
  );

/** Deploys every environment as the administrator of its account; returns the names of each one's stacks. */
export const deploy = async (
  platform: Platform,
  catalog: Catalog,
  assembly: string,
  signal: AbortSignal,
  onProgress: (what: string) => void,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const deployed = new Map<string, string[]>();
  await together(
    signal,
    ...catalog.environments.map(({ name, account }) => (signal: AbortSignal) => {
      const stacks: string[] = [];
      deployed.set(name, stacks);
      return cdk(
        [
          'deploy',
          `${name}/*`,
          '--app',
          assembly,
          '--require-approval',
          'never',
          '--concurrency',
          '4',
          '--output',
          join(platform.folder, `out-${name}`),
        ],
        {
          environment: administrator(platform, account),
          signal,
          onLine: (line) => {
            const stack = /✅ .*\((\S+)\)/.exec(line)?.[1];
            if (stack === undefined) return;
            stacks.push(stack);
            onProgress(stack);
          },
        },
      );
    }),
  );
  return deployed;
};

/** Every template file of an assembly, as text. */
export const templates = async (assembly: string): Promise<string[]> => {
  const files = (await readdir(assembly, { recursive: true })).filter((file) => file.endsWith('.template.json'));
  return Promise.all(files.map((file) => readFile(join(assembly, file), 'utf8')));
};

const administrator = (platform: Platform, account: string): Readonly<Record<string, string>> => {
  const keys = platform.aws.accounts[account];
  if (!keys) throw new Error(`The local AWS has no account ${account}`);
  return keys.env;
};
