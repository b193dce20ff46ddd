import { describe } from 'vitest';
import { casesOf } from './cases.ts';
import { prove } from './prove.ts';
import { singleUserScenarios } from './scenarios.ts';

describe('single-user survives every schedule', () => {
  prove('single-user', singleUserScenarios.flatMap(casesOf));
});
