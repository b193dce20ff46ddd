/** Asks an account for what its posture needs, with bounded calls. What is refused is noted, and nothing is guessed. */
import { isCodedError } from './coded-error.ts';
import type { Asked, DeclaredPosture, LiveAccount, LiveKey, LiveSecret, NotAsked } from './posture.ts';
import { managedKey } from './posture-drift.ts';

/** The account, without any value of a secret. Calls throw a `CodedError` if AWS refuses or does not answer. */
export interface AccountView {
  /** Every secret of the account and region, those that are being deleted among them, in pages. */
  readonly secrets: () => AsyncIterable<readonly LiveSecret[]>;
  /** One secret by name or ARN; `undefined` if there is none. */
  readonly secret: (id: string) => Promise<LiveSecret | undefined>;
  /** Text of the resource policy; `undefined` if the secret has none. */
  readonly policy: (arn: string) => Promise<string | undefined>;
  /** By alias, id or ARN; `undefined` if there is none. */
  readonly key: (id: string) => Promise<LiveKey | undefined>;
}

export interface AskOptions {
  /** Waits for the next call of a secret's own: Secrets Manager takes 50 requests for policies in a second. */
  readonly pace: () => Promise<void>;
  /** How far it is: policies read, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Calls that wait for an answer at one time. */
const workers = 4;

/** After so many refusals of one kind in a row without an answer, the rest is not asked. */
const enoughRefusals = 20;

export const askAccount = async (
  declared: DeclaredPosture,
  view: AccountView,
  { pace, onProgress }: AskOptions,
): Promise<LiveAccount> => {
  const refusals = new Refusals();
  const listed = await listSecrets(view, refusals);
  const { found, missing } = await describeOthers(declared, listed, view, pace, refusals);
  const secrets = [...(listed ?? []), ...found];
  const own = declaredAmong(declared, secrets);
  let done = 0;
  const policies = await askEach('policy', own, refusals, async ({ arn }) => {
    await pace();
    const answer = await view.policy(arn);
    onProgress?.((done += 1), own.length);
    return answer;
  });
  const keys = await askEach(
    'key',
    [
      ...new Set([
        ...Object.values(declared.secrets).map(({ key }) => key),
        ...own.map(({ keyId = managedKey }) => keyId),
      ]),
    ],
    refusals,
    (id) => view.key(id),
  );
  return {
    isComplete: listed !== undefined,
    secrets,
    missing,
    policies: new Map([...policies].map(([{ arn }, asked]) => [arn, asked])),
    keys,
    notAsked: refusals.all(),
  };
};

const listSecrets = async (view: AccountView, refusals: Refusals): Promise<LiveSecret[] | undefined> => {
  const secrets: LiveSecret[] = [];
  try {
    for await (const page of view.secrets()) secrets.push(...page);
    return secrets;
  } catch (error) {
    refusals.note('secrets', 'all secrets of the account', reasonOf(error));
    return undefined;
  }
};

/** The list is some minutes behind, and may be refused: what it lacks is asked by name. */
const describeOthers = async (
  declared: DeclaredPosture,
  listed: readonly LiveSecret[] | undefined,
  view: AccountView,
  pace: () => Promise<void>,
  refusals: Refusals,
): Promise<{ readonly found: LiveSecret[]; readonly missing: string[] }> => {
  const known = new Set((listed ?? []).flatMap(({ name, arn }) => [name, arn]));
  const others = Object.entries(declared.secrets)
    .map(([name, { arn }]) => ({ name, id: arn ?? name }))
    .filter(({ id }) => !known.has(id));
  const asked = await askEach('secret', others, refusals, async ({ id }) => {
    await pace();
    return view.secret(id);
  });
  const found: LiveSecret[] = [];
  const missing: string[] = [];
  for (const [{ name }, one] of asked) {
    if (!('answer' in one)) continue;
    if (one.answer) found.push(one.answer);
    else missing.push(name);
  }
  return { found, missing };
};

/** Secrets that are being deleted are not asked for more. */
const declaredAmong = ({ secrets: declared }: DeclaredPosture, secrets: readonly LiveSecret[]): LiveSecret[] => {
  const ids = new Set(Object.entries(declared).map(([name, { arn }]) => arn ?? name));
  return secrets.filter(({ name, arn, deletedAt }) => deletedAt === undefined && (ids.has(arn) || ids.has(name)));
};

const askEach = async <Subject extends string | { readonly name: string }, Answer>(
  fact: NotAsked['fact'],
  subjects: readonly Subject[],
  refusals: Refusals,
  ask: (subject: Subject) => Promise<Answer>,
): Promise<Map<Subject, Asked<Answer>>> => {
  const waiting = [...subjects].reverse();
  const answers = new Map<Subject, Asked<Answer>>();
  let refusedInARow = 0;
  let refused = '';
  const work = async (): Promise<void> => {
    for (let subject = waiting.pop(); subject !== undefined; subject = waiting.pop()) {
      const name = typeof subject === 'string' ? subject : subject.name;
      try {
        if (refusedInARow < enoughRefusals) {
          answers.set(subject, { answer: await ask(subject) });
          refusedInARow = 0;
          continue;
        }
      } catch (error) {
        refused = reasonOf(error);
        refusedInARow += 1;
      }
      answers.set(subject, { refused });
      refusals.note(fact, name, refused);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return answers;
};

/** @throws what is not a failed call of AWS */
const reasonOf = (error: unknown): string => {
  if (!isCodedError(error)) throw error;
  return error.message;
};

/** How many subjects are named. */
const named = 10;

class Refusals {
  readonly #all = new Map<string, { fact: NotAsked['fact']; of: string[]; count: number; reason: string }>();

  note(fact: NotAsked['fact'], subject: string, reason: string): void {
    const known = this.#all.get(fact) ?? { fact, of: [], count: 0, reason };
    known.count += 1;
    if (known.of.length < named) known.of.push(subject);
    this.#all.set(fact, known);
  }

  all(): NotAsked[] {
    return [...this.#all.values()];
  }
}
