/** What every state of the detections does: the model in memory, and the adapter against DynamoDB. */
import { expect, it } from 'vitest';
import type { DetectionState } from '../../lambdas/audit/detect/state/detection-state.ts';

const minute = 60_000;
const window = { milliseconds: 10 * minute, members: 5 };
const start = Date.parse('2026-03-02T08:04:00Z');

/** @param begin - an empty state. */
export const detectionStateContract = (begin: () => Promise<DetectionState>): void => {
  it('gives the members of a window, the new one among them', async () => {
    const state = await begin();
    expect(await state.add('set', 'a', start, window)).toEqual(['a']);
    expect([...(await state.add('set', 'b', start + minute, window))].sort()).toEqual(['a', 'b']);
  });

  it('counts a member that comes again once, and keeps its newest time', async () => {
    const state = await begin();
    await state.add('set', 'a', start, window);
    await state.add('set', 'a', start + 9 * minute, window);
    await state.add('set', 'a', start + minute, window);
    expect(await state.membersOf('set', start + 15 * minute, window)).toEqual(['a']);
  });

  it('forgets what is older than the window, also across its buckets', async () => {
    const state = await begin();
    await state.add('set', 'old', start, window);
    await state.add('set', 'new', start + 9 * minute, window);
    expect(await state.membersOf('set', start + 10 * minute, window)).toEqual(['new']);
    expect([...(await state.membersOf('set', start + 9 * minute, window))].sort()).toEqual(['new', 'old']);
  });

  it('does not give what comes after the time', async () => {
    const state = await begin();
    await state.add('set', 'late', start + minute, window);
    expect(await state.membersOf('set', start, window)).toEqual([]);
  });

  it('keeps sets apart and gives no more members than the window has', async () => {
    const state = await begin();
    for (const member of 'abcdefgh') await state.add('set', member, start, window);
    expect(await state.membersOf('set', start, window)).toHaveLength(5);
    expect(await state.membersOf('other', start, window)).toEqual([]);
  });

  it('adds without giving members back to a window that has none', async () => {
    const state = await begin();
    expect(await state.add('set', 'a', start, { ...window, members: 0 })).toEqual([]);
    expect(await state.membersOf('set', start, window)).toEqual(['a']);
  });

  it('takes members and sets of any length and with any character', async () => {
    const state = await begin();
    const odd = ['', 'x'.repeat(3_000), '#', 'a\n\u0000b', '\u{1F512}'];
    for (const member of odd) await state.add(`set ${'y'.repeat(3_000)}`, member, start, window);
    expect(new Set(await state.membersOf(`set ${'y'.repeat(3_000)}`, start, window))).toEqual(new Set(odd));
  });

  it('remembers when something was seen first and last before', async () => {
    const state = await begin();
    expect(await state.see('thing', start, 60 * minute)).toBeUndefined();
    expect(await state.see('thing', start + minute, 60 * minute)).toEqual({ first: start, last: start });
    expect(await state.see('thing', start + 2 * minute, 60 * minute)).toEqual({ first: start, last: start + minute });
    expect(await state.seen('thing', start + 3 * minute, 60 * minute)).toEqual({
      first: start,
      last: start + 2 * minute,
    });
    expect(await state.seen('other', start, 60 * minute)).toBeUndefined();
  });

  it('forgets what was seen too long ago, and begins again', async () => {
    const state = await begin();
    await state.see('thing', start, minute);
    expect(await state.see('thing', start + 5 * minute, minute)).toBeUndefined();
    expect(await state.seen('thing', start + 5 * minute, minute)).toEqual({
      first: start + 5 * minute,
      last: start + 5 * minute,
    });
  });

  it('takes an event that comes late', async () => {
    const state = await begin();
    await state.see('thing', start, 60 * minute);
    await state.see('thing', start - minute, 60 * minute);
    expect(await state.seen('thing', start, 60 * minute)).toEqual({ first: start - minute, last: start });
  });
};
