import { describe } from 'vitest';
import { rotationCases } from './cases.ts';
import { prove } from './prove.ts';
import { singleUserScenarios } from './scenarios.ts';

describe('single-user survives every schedule', () => {
  prove('single-user', singleUserScenarios.flatMap(rotationCases));
});
