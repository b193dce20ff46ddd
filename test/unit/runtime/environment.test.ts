import { describe, expect, it } from 'vitest';
import { rotationVariables } from '../../../lib/contract/index.ts';
import { readEnvironment } from '../../../lambdas/runtime/environment.ts';
import { embeddedMetric } from '../../../lambdas/runtime/embedded-metric.ts';

describe('readEnvironment', () => {
  it('gives the values under the names of the contract', () => {
    expect(
      readEnvironment(rotationVariables, { STRONGROOM_ENVIRONMENT: 'dev', STRONGROOM_ENGINE: 'postgres', OTHER: 'x' }),
    ).toEqual({ environment: 'dev', engine: 'postgres' });
  });

  it('names every variable that is missing or empty', () => {
    expect(() => readEnvironment(rotationVariables, { STRONGROOM_ENVIRONMENT: '' })).toThrow(
      'The function lacks the environment variables STRONGROOM_ENVIRONMENT, STRONGROOM_ENGINE: deploy it with the construct that sets them',
    );
  });
});

describe('embeddedMetric', () => {
  it('leaves out a dimension set that lacks a field', () => {
    const line = embeddedMetric({
      values: { RotationStepFailed: 1 },
      dimensions: [['secret'], ['environment', 'engine']],
      fields: { environment: 'dev', engine: 'postgres' },
      timestamp: 5,
    });

    expect(line._aws).toEqual({
      Timestamp: 5,
      CloudWatchMetrics: [
        {
          Namespace: 'Strongroom',
          Dimensions: [['environment', 'engine']],
          Metrics: [{ Name: 'RotationStepFailed', Unit: 'Count' }],
        },
      ],
    });
    expect(line).toMatchObject({ environment: 'dev', engine: 'postgres', RotationStepFailed: 1 });
  });
});
