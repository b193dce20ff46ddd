import { describe, expect, it } from 'vitest';
import { createTrails } from '../../../local/gateway/cloudtrail/trails.ts';
import type { Forward } from '../../../local/gateway/request.ts';

const scope = { account: '111122223333', region: 'eu-west-1' };
const listed = {
  trailList: [
    { Name: 'kept', TrailARN: 'arn:kept', S3BucketName: 'b' },
    { Name: 'dropped', TrailARN: 'arn:dropped', S3BucketName: 'b' },
  ],
};

const answering =
  (refusal: string): Forward =>
  ({ operation, input }) => {
    const json = (status: number, body: unknown) =>
      Promise.resolve({ status, headers: {}, body: Buffer.from(JSON.stringify(body)) });
    if (operation === 'DescribeTrails') return json(200, listed);
    if (input['Name'] === 'arn:dropped') return json(400, { __type: refusal, message: 'no' });
    return json(200, operation === 'GetTrailStatus' ? { IsLogging: true } : {});
  };

describe('the trails that log', () => {
  it('are those that are still there when they are looked at', async () => {
    const trails = await createTrails(answering('TrailNotFoundException')).logging(scope);

    expect(trails.map(({ Name }) => Name)).toEqual(['kept']);
  });

  it('are not guessed where looking fails', async () => {
    await expect(createTrails(answering('ServiceUnavailable')).logging(scope)).rejects.toMatchObject({
      code: 'ServiceUnavailable',
    });
  });
});
