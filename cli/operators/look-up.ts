/** Asks IAM whether the names of a catalog exist. */
import type { EnvironmentCatalog } from '../../lib/model/index.ts';
import { type IamKind, type MissingFromIam, namedInIam } from '../../lib/catalog/named-in-iam.ts';
import { inParallel } from './in-parallel.ts';
import type { OperatorAws } from './ports.ts';

/** Makes the clients for one region. `cli/adapters/iam.ts` has the real ones. */
export type ConnectIam = (region: string) => Promise<Iam>;

export interface Iam extends Pick<OperatorAws, 'whoAmI' | 'close'> {
  /** The ARN of what has this ARN's name, under whichever path. `undefined`: there is nothing of that name. */
  find(kind: IamKind, arn: string): Promise<string | undefined>;
}

export interface LookedUp {
  /** ARNs that exist. */
  readonly found: readonly string[];
  readonly missing: readonly MissingFromIam[];
}

export const lookUp = async (iam: Iam, environment: EnvironmentCatalog): Promise<LookedUp> => {
  const named = namedInIam(environment);
  const kinds = new Map(named.map(({ arn, kind }) => [arn, kind]));
  const answers = new Map(
    await inParallel([...kinds], atOnce, async ([arn, kind]) => [arn, await iam.find(kind, arn)] as const),
  );
  return {
    found: [...kinds.keys()].filter((arn) => answers.get(arn) === arn),
    missing: named.flatMap((one): MissingFromIam[] => {
      const instead = answers.get(one.arn);
      if (instead === one.arn) return [];
      return [{ named: one, ...(instead !== undefined && { instead }) }];
    }),
  };
};

const atOnce = 4;
