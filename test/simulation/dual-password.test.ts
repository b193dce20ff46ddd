import { describe } from 'vitest';
import { casesOf } from './cases.ts';
import { prove } from './prove.ts';
import { dualPasswordScenarios } from './scenarios.ts';

describe('dual-password survives every schedule', () => {
  prove('dual-password', dualPasswordScenarios.flatMap(casesOf));
});
