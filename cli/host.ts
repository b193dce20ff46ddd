/** Everything through which the command meets its surroundings, so that a test can stand in for a terminal. */

export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether output may have colours. */
  readonly color: boolean;
  /** Whether the result and errors are printed as JSON, for a program that reads them. */
  readonly json: boolean;
  /** Whether a person reads the result as it is printed. */
  readonly isTTY: boolean;
  readonly now: () => Date;
}

export interface Output {
  write(text: string): unknown;
}

/** What {@link processHost} reads of the process. */
export interface ProcessLike {
  readonly stdout: Output & { readonly isTTY?: boolean };
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The host of a real process. Colours: see https://no-color.org; `--no-color` does the same. */
export const processHost = ({ stdout, stderr, env }: ProcessLike, args: readonly string[]): Host => {
  const isTTY = stdout.isTTY === true;
  const json = args.includes('--json');
  const refused = Boolean(env['NO_COLOR']) || args.includes('--no-color') || json;
  const wanted = isTTY || (Boolean(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0');
  return { stdout, stderr, color: wanted && !refused, json, isTTY, now: () => new Date() };
};

/** Prints a result: as JSON, or as the lines that a person reads. */
export const print = ({ json, stdout }: Host, result: unknown, lines: () => readonly string[]): void => {
  stdout.write(json ? `${JSON.stringify(result, undefined, 2)}\n` : `${lines().join('\n')}\n`);
};
