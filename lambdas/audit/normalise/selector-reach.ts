/**
 * Whether the selectors of a trail still take what the audit needs: every management event, reads and KMS included. The
 * selectors themselves do not leave: this one word does. What can't be read counts as narrowed.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
 */
import { isFields, list, text, type Fields } from './event-reader.ts';

export type SelectorReach =
  /** Every management event. */
  | 'complete'
  /** Some management events or none, such as those of KMS or all reads left out. */
  | 'narrowed';

/** @param request `requestParameters` of PutEventSelectors. */
export const selectorReach = (request: Fields): SelectorReach =>
  list(request, 'eventSelectors').some(takesAll) || list(request, 'advancedEventSelectors').some(advancedTakesAll)
    ? 'complete'
    : 'narrowed';

/** The API takes both fields as set if they are absent: `All`, `true`. */
const takesAll = (selector: unknown): boolean =>
  isFields(selector) &&
  (text(selector, 'readWriteType') ?? 'All') === 'All' &&
  selector['includeManagementEvents'] !== false &&
  list(selector, 'excludeManagementEventSources').length === 0;

/** Any further field takes events away. */
const advancedTakesAll = (selector: unknown): boolean => {
  if (!isFields(selector)) return false;
  const fields = list(selector, 'fieldSelectors').filter(isFields);
  const [category] = fields;
  return (
    fields.length === 1 &&
    category !== undefined &&
    text(category, 'field') === 'eventCategory' &&
    list(category, 'equals').includes('Management')
  );
};
