/** Faults over HTTP, for suites and people outside the gateway's process: GET, POST and DELETE on `/_strongroom/faults`. */
import { controlRoute } from '../control-route.ts';
import type { Route } from '../server.ts';
import { faultSchema, type Faults } from './faults.ts';

export const createFaultsRoute = (faults: Faults): Route =>
  controlRoute('/_strongroom/faults', {
    GET: () => ({ status: 200, body: { faults: faults.waiting() } }),
    POST: (input) => ({ status: 201, body: { id: faults.inject(faultSchema.parse(input)).id } }),
    DELETE: () => {
      faults.clear();
      return { status: 200, body: { faults: [] } };
    },
  });
