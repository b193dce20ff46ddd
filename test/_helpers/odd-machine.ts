/** Commands on a machine that lacks things: other users, small file systems and no network, in namespaces of Linux. */
import path from 'node:path';
import { execa } from 'execa';
import type { ServerUser } from '../../local/databases/server-user.ts';

export interface Oddities {
  /** Who runs the command. @default the user of the tests */
  readonly user?: ServerUser;
  /** A folder that becomes a file system of 32 MB, from which nothing can be executed. */
  readonly smallFolder?: string;
  /** Files and folders that show the content of another one. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Neither a network nor IPv6, only 127.0.0.1. */
  readonly loopbackOnly?: boolean;
  /** Ports of 127.0.0.1 that are taken. */
  readonly busyPorts?: readonly number[];
}

export type Command = readonly [program: string, ...args: string[]];

const launcher = path.resolve(import.meta.dirname, '../_fixtures/odd-machine.py');

/** The command that runs another one there; the plain one where nothing is odd. */
export const onOddMachine = (oddities: Oddities, command: Command): Command => {
  if (Object.keys(oddities).length === 0) return command;
  const namespaces = ['--mount', ...(oddities.loopbackOnly ? ['--net'] : [])];
  return ['unshare', ...namespaces, 'python3', launcher, JSON.stringify(oddities), ...command];
};

/** Why this machine can't be made odd in this way. @returns undefined where it can */
export const whyNotOdd = async (oddities: Oddities, command: Command = ['true']): Promise<string | undefined> => {
  const [program, ...args] = onOddMachine(oddities, command);
  const { failed, stderr, shortMessage } = await execa(program, args, { stdin: 'ignore', reject: false, cwd: '/' });
  return failed ? (stderr.trim().split('\n').at(-1) ?? shortMessage) : undefined;
};
