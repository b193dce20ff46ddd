/** A host for the command that keeps what it prints. */
import { processHost } from '../../cli/host.ts';
import { run } from '../../cli/program.ts';
import { today } from './catalog-folder.ts';

export interface Captured {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly isTTY?: boolean;
  readonly debug?: boolean;
}

/** Runs the command as `strongroom ARGS` would. */
export const strongroom = async (
  args: readonly string[],
  { env = {}, isTTY = false, debug = false }: Surroundings = {},
): Promise<Captured> => {
  let [stdout, stderr] = ['', ''];
  const output = {
    stdout: { isTTY, write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
    env,
  };
  const exitCode = await run(args, { ...processHost(output, args), now: () => today }, { debug });
  return { exitCode, stdout, stderr };
};
