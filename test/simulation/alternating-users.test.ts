import { describe } from 'vitest';
import { casesOf } from './cases.ts';
import { prove } from './prove.ts';
import { alternatingUsersScenarios } from './scenarios.ts';

describe('alternating-users survives every schedule', () => {
  prove('alternating-users', alternatingUsersScenarios.flatMap(casesOf));
});
