import { describe, expect, it } from 'vitest';
import { selectorReach } from '../../../../lambdas/audit/normalise/selector-reach.ts';
import { normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import { account, apiCall, region } from '../../../_fixtures/cloudtrail.ts';

const management = { field: 'eventCategory', equals: ['Management'] };
const advanced = (...fieldSelectors: readonly unknown[]) => ({
  advancedEventSelectors: [{ name: 'canary', fieldSelectors }],
});
const basic = (...eventSelectors: readonly unknown[]) => ({ eventSelectors });

describe('selectors of a trail', () => {
  it.each<[string, Record<string, unknown>]>([
    ['all management events', basic({ readWriteType: 'All', includeManagementEvents: true })],
    ['the values that the API has if they are absent', basic({ dataResources: [] })],
    ['all of them next to a narrow selector', basic({ readWriteType: 'ReadOnly' }, { readWriteType: 'All' })],
    ['advanced: the category alone', advanced(management)],
    [
      'advanced: next to data events',
      {
        advancedEventSelectors: [
          { fieldSelectors: [{ field: 'eventCategory', equals: ['Data'] }] },
          { fieldSelectors: [management] },
        ],
      },
    ],
  ])('are complete: %s', (_what, request) => {
    expect(selectorReach(request)).toBe('complete');
  });

  it.each<[string, Record<string, unknown>]>([
    ['none at all', {}],
    ['no management events', basic({ readWriteType: 'All', includeManagementEvents: false })],
    ['no reads', basic({ readWriteType: 'WriteOnly', includeManagementEvents: true })],
    ['no writes', basic({ readWriteType: 'ReadOnly', includeManagementEvents: true })],
    ['without KMS', basic({ readWriteType: 'All', excludeManagementEventSources: ['kms.amazonaws.com'] })],
    ['advanced: data events only', advanced({ field: 'eventCategory', equals: ['Data'] })],
    ['advanced: without KMS', advanced(management, { field: 'eventSource', notEquals: ['kms.amazonaws.com'] })],
    ['advanced: without reads', advanced(management, { field: 'readOnly', equals: ['false'] })],
    ['of another shape', { eventSelectors: 'all', advancedEventSelectors: [null, 'all', {}, { fieldSelectors: [1] }] }],
  ])('are narrowed: %s', (_what, request) => {
    expect(selectorReach(request)).toBe('narrowed');
  });

  it('leave as one word', () => {
    const event = normaliseRecord(
      apiCall('PutEventSelectors', {
        eventSource: 'cloudtrail.amazonaws.com',
        requestParameters: { trailName: 'strongroom-dev', ...advanced({ field: 'readOnly', equals: ['false'] }) },
      }),
      { account, region },
    );
    expect(event.unmapped).toEqual({ selectorReach: 'narrowed' });
    expect(JSON.stringify(event)).not.toContain('canary');
  });
});
