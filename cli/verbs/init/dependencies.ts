/** The packages that the repository of a user needs. */
import manifest from '../../../package.json' with { type: 'json' };

/** The versions that Strongroom is tested with. */
const tested: Readonly<Record<string, string>> = { ...manifest.dependencies, ...manifest.devDependencies };

const pinned = (name: string): string => {
  const version = tested[name];
  if (version === undefined) throw new TypeError(`package.json has no ${name}`);
  return version;
};

/**
 * Strongroom's own packages by ranges, so that `npm update` upgrades them together; the lock file pins them. The others
 * exactly, so that an upgrade of Strongroom does not change the CDK.
 */
export const dependencies: Readonly<Record<string, string>> = {
  'aws-cdk-lib': pinned('aws-cdk-lib'),
  constructs: pinned('constructs'),
  strongroom: `^${manifest.version}`,
};

export const devDependencies: Readonly<Record<string, string>> = {
  '@strongroom/cli': `^${manifest.version}`,
  'aws-cdk': pinned('aws-cdk'),
  tsx: pinned('tsx'),
  typescript: pinned('typescript'),
};
