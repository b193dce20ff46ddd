/** `npm run simulate -- --seed N --bound N`: random long schedules of the rotation simulation, until one breaks something. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { sample } from '../test/simulation/random.ts';

const usage = `npm run simulate -- [--seed N] [--bound N]

Runs the rotation function in a model of Secrets Manager and a database, with crashes, lost answers, stale reads,
throttling and other actors: long random schedules, several rotations in a row. Prints what it covered, and the
smallest schedule that breaks something, as a timeline.

  --seed N   repeat the schedules of this seed (default: a new seed each time)
  --bound N  number of schedules (default 2000)
  --help     print this text

Exit code 1 where a schedule broke something, 2 where the command is wrong.`;

const main = async (): Promise<number> => {
  let options: Options;
  try {
    options = optionsFrom(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const { seed, bound } = options;
  const start = performance.now();
  console.log(`seed ${seed}, ${bound} schedules`);
  const { runs, moves, states, counterExample } = await sample({
    seed,
    bound,
    onProgress: (sofar) => {
      if (sofar.runs % 500 === 0) console.log(line(sofar, start));
    },
  });
  if (!counterExample) {
    console.log(`${line({ runs, moves, states }, start)}: nothing broke`);
    return 0;
  }
  console.log(
    `\nA counter-example (again with --seed ${seed} --bound ${bound}):\n${counterExample.timeline.join('\n')}`,
  );
  return 1;
};

interface Options {
  readonly seed: number;
  readonly bound: number;
  readonly help: boolean;
}

/** @throws Error naming the flag that is wrong. */
const optionsFrom = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' }, bound: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  return {
    seed: values.seed === undefined ? randomInt(largestSeed + 1) : numberIn('--seed', values.seed, 0, largestSeed),
    bound: values.bound === undefined ? 2_000 : numberIn('--bound', values.bound, 1, 10_000_000),
    help: values.help,
  };
};

const largestSeed = 2 ** 31 - 1;

const numberIn = (flag: string, text: string, least: number, most: number): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Error(`${flag} is ${JSON.stringify(text)}; expected a whole number from ${least} to ${most}`);
};

const line = (
  { runs, moves, states }: { readonly runs: number; readonly moves: number; readonly states: number },
  start: number,
): string => {
  const count = (number: number): string => number.toLocaleString('en');
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  return `${count(runs)} schedules, ${count(moves)} moves, ${count(states)} states in ${seconds} s`;
};

process.exitCode = await main();
