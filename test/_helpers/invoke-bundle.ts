/** A bundled function in a process of its own, invoked as the Lambda runtime does it. */
import { execa } from 'execa';
import { rotationSteps, type RotationEvent } from '../../lib/contract/index.ts';

export interface Bundle {
  /** Where its `index.mjs` is. */
  readonly folder: string;
  /** The whole environment of its process, but for PATH. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Invocation {
  /** All that the process printed. */
  readonly printed: string;
  /** As Lambda answers; `undefined` where the function does not start. */
  readonly outcome: Answer | undefined;
}

type Answer = { readonly result: unknown } | { readonly errorType: string; readonly errorMessage: string };

/** One invocation in a new process, which has 50 seconds. */
export const invokeBundle = async ({ folder, env }: Bundle, event: unknown): Promise<Invocation> => {
  const main = `
    const { handler } = await import('./index.mjs');
    const outcome = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 50_000 }).then(
      (result) => ({ result: result ?? null }),
      (error) => (console.error(error), { errorType: error.name, errorMessage: error.message }),
    );
    console.log('OUTCOME ' + JSON.stringify(outcome));
    process.exit(0);`;
  const { all } = await execa(process.execPath, ['--input-type=module', '-e', main], {
    cwd: folder,
    all: true,
    timeout: 300_000,
    reject: false,
    extendEnv: false,
    env: { PATH: process.env['PATH'], ...env },
  });
  const outcome = /^OUTCOME (.*)$/m.exec(all)?.[1];
  return { printed: all, outcome: outcome === undefined ? undefined : (JSON.parse(outcome) as Answer) };
};

/**
 * Every step of a rotation, each in a new process.
 *
 * @returns all that they printed.
 * @throws Error with what a step printed that did not succeed.
 */
export const invokeSteps = async (bundle: Bundle, rotation: Omit<RotationEvent, 'Step'>): Promise<string> => {
  const printed: string[] = [];
  for (const Step of rotationSteps) {
    const invocation = await invokeBundle(bundle, { Step, ...rotation });
    if (invocation.outcome === undefined || 'errorType' in invocation.outcome) {
      throw new Error(`${Step} failed: ${invocation.printed}`);
    }
    printed.push(invocation.printed);
  }
  return printed.join('\n');
};
