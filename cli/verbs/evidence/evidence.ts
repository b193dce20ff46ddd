/** `strongroom evidence`: how the controls of a framework are met, with what AWS and the catalog show, as HTML and JSON. */
import { existsSync, readFileSync, statSync } from 'node:fs';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import type { EnvironmentCatalog } from '../../../lib/model/index.ts';
import { committedFiles } from '../../adapters/git.ts';
import { writeAll } from '../../adapters/write-all.ts';
import { environmentNamed } from '../../catalog/catalog-names.ts';
import { catalogFiles } from '../../operators/evidence/catalog-files.ts';
import { gather, type Refusal } from '../../operators/evidence/gather.ts';
import type { ConnectEvidence, EvidenceSource } from '../../operators/evidence/ports.ts';
import { checkAccount } from '../../operators/target.ts';
import { CommandError, count, exitCode, UsageError } from '../../terminal/errors.ts';
import { type Host, print } from '../../terminal/host.ts';
import { progressOn } from '../../terminal/progress.ts';
import { stylesOf } from '../../terminal/styles.ts';
import { type FrameworkName, frameworkNames } from './frameworks/index.ts';
import { htmlReport } from './html/document.ts';
import { assess } from './report/assess.ts';
import { controlVerdicts, type Report, reportSchema } from './report/report.ts';

export interface EvidenceOptions {
  readonly catalog: string;
  readonly environment: string;
  readonly framework: string;
  /** Of the command: the report names it. */
  readonly version: string;
  /** The HTML file. Absent: `evidence-FRAMEWORK-ENVIRONMENT.html`, or none with `--json`. */
  readonly out?: string;
  /** Replace files that exist. */
  readonly force?: boolean;
}

/** An exception that has ended is a gap of the report, and no reason to write none. */
const noExceptionHasEnded = new Date(0);

/**
 * @returns the exit code: 0 once the report is written, whatever it says
 * @throws {@link UsageError} if there is no such framework or environment, or a file exists
 * @throws {@link CommandError} `account-mismatch` if the credentials are of another account, `write-failed`
 */
export const evidence = async (host: Host, connect: ConnectEvidence, options: EvidenceOptions): Promise<number> => {
  const framework = frameworkNamed(options.framework);
  const environment = environmentNamed(
    loadCatalog(options.catalog, { today: noExceptionHasEnded }),
    '--environment',
    options.environment,
  );
  const files = catalogFiles(options.catalog, host.now(), committedFiles(options.catalog));
  const html = htmlFile(host, options, framework, environment);
  const planned = html === undefined ? [] : [html, html.replace(/\.html$/, '.json')].map((path) => plan(path, options));
  const progress = progressOn(host);
  const aws = await connect(environment.region);
  try {
    progress.doing('asking who you are');
    const asked = await callerOf(aws, environment);
    const live = await gather('as' in asked ? aws : asked.refused, environment, host.now, (what) => {
      progress.doing(what);
    });
    const by = 'as' in asked ? { as: asked.as } : { not: asked.refused.message };
    const facts = { environment, files, live, now: host.now() };
    const report = reportSchema.parse(assess(framework, facts, { version: options.version, asked: by }));
    progress.end();
    const texts = [htmlReport(report), `${JSON.stringify(report, undefined, 2)}\n`];
    writeAll(planned.map((file, index) => ({ ...file, text: texts[index] ?? '' })));
    print(host, report, () =>
      inLines(
        host,
        report,
        planned.map(({ path }) => path),
      ),
    );
    return exitCode.ok;
  } finally {
    progress.end();
    aws.close();
  }
};

const frameworkNamed = (name: string): FrameworkName => {
  const found = frameworkNames.find((one) => one === name);
  if (found) return found;
  throw new UsageError(`--framework ${name}: there is no such framework; write one of ${frameworkNames.join(', ')}`);
};

/** With `--json` alone, nothing is written to a file. */
const htmlFile = (
  host: Host,
  { out }: EvidenceOptions,
  framework: FrameworkName,
  { name }: EnvironmentCatalog,
): string | undefined => {
  if (out === undefined) return host.json ? undefined : `evidence-${framework}-${name}.html`;
  if (/[^/\\]\.html$/.test(out)) return out;
  throw new UsageError(`--out ${out} must end in .html: the JSON file gets the same name with .json`);
};

const plan = (path: string, { force }: EvidenceOptions) => {
  if (!existsSync(path)) return { path };
  if (!force)
    throw new UsageError(`${path} exists: name another file with --out; --force replaces it, and its content is lost`);
  if (!statSync(path).isFile()) throw new UsageError(`${path} is not a file: name another one with --out`);
  return { path, previous: { text: readFileSync(path, 'utf8'), mode: statSync(path).mode } };
};

/** Credentials of another account would show another account's evidence. Without credentials, the catalog is left. */
const callerOf = async (
  aws: EvidenceSource,
  { account, name }: EnvironmentCatalog,
): Promise<{ readonly as: string } | { readonly refused: Refusal }> => {
  try {
    const { arn } = await aws.whoAmI();
    await checkAccount(aws, { account, environment: name });
    return { as: arn };
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === 'account-mismatch') throw error;
    return { refused: { code: error.code, message: error.message } };
  }
};

const inLines = (host: Host, report: Report, files: readonly string[]): string[] => {
  const { bold, green, red, yellow } = stylesOf(host);
  const { controls, claims, framework, environment, asked } = report;
  const paint = { met: green, partly: yellow, gap: red } as const;
  const notAsked = controls.filter((control) =>
    control.claims.some((name) => claims.some((claim) => claim.name === name && claim.notAsked.length > 0)),
  );
  const gaps = claims.reduce((sum, claim) => sum + claim.gaps.length, 0);
  return [
    bold(`${framework.title} ${framework.version}: ${environment.name}, account ${environment.account}`),
    ...controlVerdicts.flatMap((verdict) => {
      const number = controls.filter((control) => control.verdict === verdict).length;
      if (number === 0) return [];
      const colour = verdict in paint ? paint[verdict as keyof typeof paint] : (text: string) => text;
      return [`  ${colour(verdict.padEnd(14))} ${count(number, 'control')}`];
    }),
    ...('not' in asked ? [`${yellow('!')} AWS was not asked: ${asked.not}`] : []),
    ...(notAsked.length > 0
      ? [`${yellow('!')} could not be asked in full: ${notAsked.map(({ number }) => number).join(', ')}`]
      : []),
    ...(gaps > 0 ? [`${red('✖')} ${count(gaps, 'gap')}: the report names each resource and the next step`] : []),
    ...files.map((path) => `Wrote ${path}`),
  ];
};
