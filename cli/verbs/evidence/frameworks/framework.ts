/** A framework: its controls in our own words, and the claims that show them. */
import type { ClaimName } from '../claims/index.ts';

export interface Framework {
  readonly title: string;
  readonly version: string;
  /** Where its text is. */
  readonly source: string;
  readonly controls: readonly Control[];
}

export interface Control {
  /** As the framework numbers it. */
  readonly number: string;
  /** What it asks for, in our words. */
  readonly asks: string;
  /** What Strongroom can show. Empty: it does not cover the control. */
  readonly claims: readonly ClaimName[];
  /** The control is met by what is {@link yours}, and the claims are a part of it: they alone never meet it. */
  readonly part?: true;
  /** What no evidence of Strongroom shows. Absent: nothing, for secrets of the catalog. */
  readonly yours?: string;
}
