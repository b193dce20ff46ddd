/** What the CDK keeps for its next run: in a folder of the command's own where the user has no home. */
import { homedir, userInfo } from 'node:os';

/**
 * Environment variables for a process of the CDK. Without a name in /etc/passwd the CDK makes a folder `.cdk…` among the
 * temporary files at each run, and without HOME too its library does not load.
 *
 * @param folder - removed afterwards
 */
export const cdkHome = (folder: string): Readonly<Record<string, string>> => ({
  ...(!answers(userInfo) && { CDK_HOME: folder }),
  ...(!answers(homedir) && { HOME: folder }),
});

const answers = (ask: () => unknown): boolean => {
  try {
    ask();
    return true;
  } catch {
    return false;
  }
};
