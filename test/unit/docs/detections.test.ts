import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detectionNames } from '../../../lib/contract/index.ts';

const page = readFileSync(new URL('../../../docs/runbooks/detections.md', import.meta.url), 'utf8');

describe('the runbook of the detections', () => {
  it('has one section for each detection, and no other', () => {
    const sections = [...page.matchAll(/^## ([a-z-]+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual([...detectionNames].sort());
  });
});
