/** `strongroom bootstrap-template`: the template of `cdk bootstrap`, with roles that only named deployers may assume. */
import { writeFileSync } from 'node:fs';
import { stringify } from 'yaml';

import { cdkBootstrap } from '../../adapters/cdk-bootstrap.ts';
import { narrowTemplate } from './narrow-template.ts';
import { CommandError, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';

export interface BootstrapTemplateOptions {
  /** ARNs of the roles that deploy. */
  readonly deployer: readonly string[];
  /** The file that is written. Absent: standard output. */
  readonly out?: string;
}

/**
 * @throws {@link UsageError} where a deployer is not the ARN of a role
 * @throws {@link CommandError} `bootstrap-unknown` where the template of the installed CDK is not one that it knows
 */
export const bootstrapTemplate = async (
  host: Host,
  { deployer: given, out }: BootstrapTemplateOptions,
  folder: string = process.cwd(),
): Promise<void> => {
  const deployers = [...new Set(given)];
  for (const arn of deployers) checkDeployer(arn);
  const { version, template } = await cdkBootstrap(folder);
  const narrowed = narrowTemplate(template, deployers);
  if (typeof narrowed === 'string') {
    throw new CommandError(
      'bootstrap-unknown',
      `the bootstrap template of aws-cdk ${version} can't be narrowed: ${narrowed}; use the aws-cdk of Strongroom's package-lock.json`,
    );
  }
  const text = `${header(version)}${stringify(narrowed, { lineWidth: 0 })}`;
  if (out !== undefined) write(out, text);
  print(host, { version, deployers, ...(out === undefined ? { template: narrowed } : { written: out }) }, () =>
    out === undefined ? [text.trimEnd()] : [`written ${out}`],
  );
};

const roleArn = /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/;

const checkDeployer = (arn: string): void => {
  if (roleArn.test(arn)) return;
  throw new UsageError(
    `--deployer must be the ARN of a role, without wildcards (got ${arn}); write arn:aws:iam::111122223333:role/NAME, ` +
      'the role under which your pipeline runs cdk deploy',
  );
};

const header = (version: string): string =>
  `# From the bootstrap template of aws-cdk ${version}, by strongroom bootstrap-template.\n` +
  '# Make it again after an update of aws-cdk, in place of changing it by hand.\n';

const write = (out: string, text: string): void => {
  try {
    writeFileSync(out, text);
  } catch (cause) {
    throw new UsageError(`--out ${out} must be a file that can be written (${(cause as Error).message})`, { cause });
  }
};
