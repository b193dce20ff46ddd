/** Synthesises a generated catalog of some size in a process of its own, and measures it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { execa } from 'execa';
import { z } from 'zod';
import { appStart } from '../../cli/adapters/app-start.ts';
import { readTemplates } from './assembly.ts';
import { writeGeneratedCatalog, type CatalogSize } from './generated-catalog.ts';

export interface SynthFigures extends CatalogSize {
  /** Process start to exit. */
  readonly wallMs: number;
  /** Processor time in user mode over all threads: other work of the machine counts less in it than in the wall time. */
  readonly userMs: number;
  readonly peakMegabytes: number;
  readonly stacks: number;
  readonly resources: number;
  /** Of the stack with the most resources; CloudFormation takes 500. */
  readonly mostResources: number;
  /** Of the largest template; CloudFormation takes 1,000,000. */
  readonly largestTemplateBytes: number;
}

export const synthAtSize = async (size: CatalogSize): Promise<SynthFigures> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-bench-'));
  try {
    const [catalog, out, usage] = ['catalog', 'cdk.out', 'usage.json'].map((name) => join(folder, name)) as Paths;
    await writeGeneratedCatalog(catalog, size);
    const {
      command: [file, ...args],
      cwd,
      env,
    } = appStart({ outdir: out, catalog });
    const start = performance.now();
    await execa(file, [...args.slice(0, -1), '--import', './bench/support/report-usage.ts', ...args.slice(-1)], {
      cwd,
      env: { ...env, STRONGROOM_BENCH_USAGE: usage },
    });
    const wallMs = performance.now() - start;
    const { userCPUTime, maxRSS } = usageSchema.parse(JSON.parse(await readFile(usage, 'utf8')));
    const templates = await readTemplates(out);
    const resources = templates.map((template) => Object.keys(template.resources).length);
    return {
      ...size,
      wallMs: Math.round(wallMs),
      userMs: Math.round(userCPUTime / 1000),
      peakMegabytes: Math.round(maxRSS / 1024),
      stacks: templates.length,
      resources: resources.reduce((sum, count) => sum + count, 0),
      mostResources: Math.max(...resources),
      largestTemplateBytes: Math.max(...templates.map(({ bytes }) => bytes)),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

type Paths = [catalog: string, out: string, usage: string];

const usageSchema = z.object({ userCPUTime: z.number(), maxRSS: z.number() });
