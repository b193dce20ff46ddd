/** Asks on the terminal for what the options do not give. Without a terminal nothing is asked. */
import type { Host } from '../../terminal/host.ts';
import { emailRule, exampleEmail, exampleEnvironments, type GivenFacts, isEmail } from './given-facts.ts';

/** Nothing after Ctrl-C. */
export const askForMissing = async (host: Host, given: GivenFacts): Promise<GivenFacts | undefined> => {
  if (!host.ask || host.json) return given;
  let facts = given;
  if (facts.environments === undefined) {
    const [{ name, account: exampleAccount, region: exampleRegion } = unreachable()] = exampleEnvironments;
    const account = await askUntil(host, `AWS account of ${name}`, exampleAccount, (text) =>
      /^[0-9]{12}$/.test(text) ? undefined : 'Write the 12 digits of an account.',
    );
    if (account === undefined) return undefined;
    const region = await askUntil(host, `Region of ${name}`, exampleRegion, (text) =>
      /^[a-z]{2}(-[a-z]+)+-[0-9]$/.test(text) ? undefined : 'Write a region such as eu-west-1.',
    );
    if (region === undefined) return undefined;
    facts = { ...facts, environments: [{ name, account, region }] };
  }
  if (facts.email === undefined) {
    const email = await askUntil(host, 'E-mail address for failed rotations', exampleEmail, (text) =>
      isEmail(text) ? undefined : `Not an address: ${emailRule}.`,
    );
    if (email === undefined) return undefined;
    facts = { ...facts, email };
  }
  return facts;
};

/** Enter takes the example. */
const askUntil = async (
  { ask, stderr }: Host,
  question: string,
  example: string,
  problemWith: (answer: string) => string | undefined,
): Promise<string | undefined> => {
  for (;;) {
    const answer = await ask?.(`${question} [${example}]: `);
    if (answer === undefined) return undefined;
    const text = answer.trim() === '' ? example : answer.trim();
    const problem = problemWith(text);
    if (problem === undefined) return text;
    stderr.write(`${problem}\n`);
  }
};

const unreachable = (): never => {
  throw new TypeError('There is no example of an environment');
};
