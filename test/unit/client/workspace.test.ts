import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import * as sources from '../../../client/index.ts';

describe('in a clone, @strongroom/client is the sources, without a build', () => {
  it('in Vitest', async () => {
    expect(await import('@strongroom/client')).toBe(sources);
  });

  it('in tsx', async () => {
    const program = `import('@strongroom/client').then((client) => console.log(Object.keys(client).sort().join()))`;
    const { stdout } = await execa('tsx', ['--eval', program], { preferLocal: true });
    expect(stdout).toBe(Object.keys(sources).sort().join());
  });
});
