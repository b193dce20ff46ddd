/** A claim: one sentence about an environment that facts show to be true or false. */
import type { CatalogFiles } from '../../../operators/evidence/catalog-files.ts';
import type { Asked, LiveFacts, Seen } from '../../../operators/evidence/gather.ts';
import type { EnvironmentCatalog } from '../../../../lib/model/index.ts';

export interface Facts {
  readonly environment: EnvironmentCatalog;
  readonly files: CatalogFiles;
  readonly live: LiveFacts;
  readonly now: Date;
}

export interface Claim {
  /** What is so, if the claim is met: a sentence without its full stop. */
  readonly title: string;
  /** Pure: it knows nothing but the facts. */
  readonly check: (facts: Facts) => Finding;
}

export type ClaimVerdict = 'met' | 'gap' | 'not asked' | 'does not apply';

export interface Finding {
  readonly verdict: ClaimVerdict;
  /** What was looked at, and with what result. */
  readonly shows: string;
  readonly evidence: readonly Evidence[];
  readonly gaps: readonly Gap[];
  readonly notAsked: readonly NotAsked[];
}

export interface Evidence {
  readonly source: 'catalog' | 'aws';
  /** The call of AWS, or the file of the catalog. */
  readonly from: string;
  /** ARN or name. */
  readonly resource: string;
  /** When AWS answered, or the file was read. */
  readonly at: Date;
  readonly shows: string;
}

export interface Gap {
  readonly resource: string;
  readonly what: string;
  /** What to do next. */
  readonly next: string;
}

export interface NotAsked {
  /** Also the permission that it needs. */
  readonly call: string;
  readonly resource: string;
  readonly why: string;
}

/** What one resource contributes to a claim. */
export type Part =
  { readonly evidence: Evidence; readonly gap?: Omit<Gap, 'resource'> } | { readonly notAsked: NotAsked };

/**
 * A gap outweighs everything, and what could not be asked outweighs what is met: no claim is met with a part unseen.
 *
 * @param noun - what the parts are, such as `secret`
 * @param nothing - why there are no parts, if there are none
 */
export const findingOf = (parts: readonly Part[], noun: string, nothing: string): Finding => {
  const evidence = parts.flatMap((part) => ('evidence' in part ? [part.evidence] : []));
  const gaps = parts.flatMap((part) =>
    'evidence' in part && part.gap ? [{ resource: part.evidence.resource, ...part.gap }] : [],
  );
  const notAsked = parts.flatMap((part) => ('notAsked' in part ? [part.notAsked] : []));
  const verdict = ((): ClaimVerdict => {
    if (gaps.length > 0) return 'gap';
    if (notAsked.length > 0) return 'not asked';
    return evidence.length > 0 ? 'met' : 'does not apply';
  })();
  const words = [
    `${evidence.length - gaps.length} of ${parts.length} ${noun}${parts.length === 1 ? '' : 's'} as claimed`,
    ...(notAsked.length > 0 ? [`${notAsked.length} could not be asked`] : []),
  ];
  return { verdict, shows: parts.length === 0 ? nothing : words.join(', '), evidence, gaps, notAsked };
};

export const doesNotApply = (why: string): Finding => findingOf([], '', why);

/** What a resource shows, and what is wrong with it, if anything. */
export interface Shown {
  readonly shows: string;
  readonly gap?: Omit<Gap, 'resource'>;
}

/** A part from an answer of AWS. `undefined` of `judge`: AWS has no such thing. */
export const fromAws = <Value>(
  seen: Seen<Value>,
  judge: (value: Value | undefined) => Shown,
  resourceOf: (value: Value) => string | undefined = () => undefined,
): Part => {
  const { call, at } = seen;
  if ('refused' in seen) return { notAsked: notAskedOf(seen) };
  const { value } = seen;
  const resource = (value === undefined ? undefined : resourceOf(value)) ?? seen.resource;
  const { shows, gap } = judge(value);
  return { evidence: { source: 'aws', from: call, resource, at, shows }, ...(gap && { gap }) };
};

const notAskedOf = ({ call, resource, refused }: Asked & { refused: { code: string; message: string } }): NotAsked => ({
  call,
  resource,
  why: refused.code === 'aws-denied' ? `AWS denied it: the credentials need ${call}` : refused.message,
});

/** A part from the catalog. */
export const fromCatalog = ({ files }: Facts, file: string, resource: string, { shows, gap }: Shown): Part => ({
  evidence: { source: 'catalog', from: file, resource, at: files.readAt, shows },
  ...(gap && { gap }),
});

/** The file of what the whole environment declares. */
export const organisationFile = ({ files }: Facts): string => `${files.folder}/organisation.yaml`;
