import { describe } from 'vitest';
import { casesOf } from './cases.ts';
import { prove } from './prove.ts';
import { adminScenarios } from './scenarios.ts';

describe('admin survives every schedule', () => {
  prove('admin', adminScenarios.flatMap(casesOf));
});
